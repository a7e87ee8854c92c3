// Door of the command line.
export { runCoffer } from './main.ts'
export type { CofferRun } from './main.ts'
export { openTerminal } from './terminal.ts'
export type { Terminal } from './terminal.ts'
export { exitCodes } from './cli-error.ts'
