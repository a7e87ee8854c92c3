// The Electron entry: the appliance in Electron's main process, with a window. Nothing is awaited here: see startDesktop.
import { startDesktop } from './shell/index.ts'

startDesktop({ argv: process.argv, entryFolder: import.meta.dirname })
