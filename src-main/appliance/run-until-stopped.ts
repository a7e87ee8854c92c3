// The appliance in plain Node: starts, prints what to do next, stops in order on the first signal. Gives the exit code.
import { launch } from './launch.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export async function runUntilStopped(args: readonly string[]): Promise<number> {
  const started = await launch(args)
  if (started.appliance === undefined) {
    process[started.exitCode === 0 ? 'stdout' : 'stderr'].write(`${started.problem}\n`)
    return started.exitCode
  }
  const { appliance } = started
  process.stdout.write(`${appliance.banner}\n`)
  // Nothing else keeps the process alive between a signal and the end of the stop.
  const alive = setInterval(() => undefined, 60_000)
  const stopped = new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => { resolve() })
  })
  await stopped
  try {
    await appliance.stop()
    return 0
  } catch (error) {
    process.stderr.write(`Coffer did not stop in order: ${error instanceof Error ? error.message : 'unknown reason'}\n`)
    return 1
  } finally {
    clearInterval(alive)
  }
}
