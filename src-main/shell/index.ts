// Door of the desktop shell.
export { startDesktop } from './start.ts'
