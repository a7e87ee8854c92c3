// The same appliance in plain Node: as a service, on a machine without a display, in tests.
import { runUntilStopped } from './appliance/index.ts'

process.exitCode = await runUntilStopped(process.argv.slice(2))
