// Starts a built entry as Electron does: `ready` comes only after the entry was evaluated to its end. An entry that awaits readiness while
// it is evaluated waits for ever there, and here.
import { pathToFileURL } from 'node:url'
import { app } from './electron.ts'
import { answerTest } from './control.ts'

const entry = process.argv[2]
if (entry === undefined) throw new Error('give the entry')
// As in a checkout: Electron, its argument, then the program's own.
process.argv = [process.argv[0] ?? '', entry, ...process.argv.slice(3)]

answerTest()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { app.quit() })
await import(pathToFileURL(entry).href)
app.becomeReady()
