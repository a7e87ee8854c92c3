// Area drives: the engine's own figures, passed on as they are.
import type { z } from 'zod'
import type { DrivesReport, setReport } from '../../contract/drives.ts'
import type { DriveFacts } from '../../seams/storage-backend.ts'
import type { StoreView } from '../ports.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'

export function driveHandlers({ store }: ConsoleServices): Handlers<'drives.list'> {
  return {
    'drives.list': async () => describeDrives(store.view(), await store.driveFacts()),
  }
}

export function describeDrives({ drivesFound, drivesExpected, refusedDrives }: StoreView, facts: DriveFacts | undefined): DrivesReport {
  return {
    drives: facts?.drives.map((drive) => withoutUndefined({ ...drive })) ?? [],
    ...(facts === undefined ? {} : { set: toSetReport(facts) }),
    found: drivesFound,
    expected: drivesExpected,
    refused: refusedDrives.map(({ path, reason }) => ({ path, reason })),
  }
}

export function toSetReport(facts: DriveFacts): z.output<typeof setReport> {
  const { health, dataShards, parityShards, readLossesLeft, writeLossesLeft, space, heal, damageFound, damageRepaired } = facts
  return { health, dataShards, parityShards, readLossesLeft, writeLossesLeft, space: { ...space }, heal: { ...heal }, damageFound, damageRepaired }
}
