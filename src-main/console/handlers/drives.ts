// Area drives: the engine's own figures, passed on as they are.
import type { z } from 'zod'
import type { setReport } from '../../contract/drives.ts'
import type { DriveFacts } from '../../seams/storage-backend.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'

export function driveHandlers({ store }: ConsoleServices): Handlers<'drives.list'> {
  return {
    'drives.list': async () => {
      const view = store.view()
      const facts = await store.driveFacts()
      return {
        drives: facts?.drives.map((drive) => withoutUndefined({ ...drive })) ?? [],
        ...(facts === undefined ? {} : { set: toSetReport(facts) }),
        found: view.drivesFound,
        expected: view.drivesExpected,
        refused: view.refusedDrives.map(({ path, reason }) => ({ path, reason })),
      }
    },
  }
}

export function toSetReport(facts: DriveFacts): z.output<typeof setReport> {
  const { health, dataShards, parityShards, readLossesLeft, writeLossesLeft, space, heal, damageFound, damageRepaired } = facts
  return { health, dataShards, parityShards, readLossesLeft, writeLossesLeft, space: { ...space }, heal: { ...heal }, damageFound, damageRepaired }
}
