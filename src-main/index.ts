// The Electron entry: the appliance in Electron's main process, with a window.
import { startDesktop } from './shell/index.ts'

await startDesktop(process.argv.slice(2))
