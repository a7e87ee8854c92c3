// Texts of the drives.
import type { DrivesReport } from '../../src-main/contract/drives.ts'
import { formatBytes, formatCount, formatNumberOf } from './numbers.ts'

export type DriveStateName = DrivesReport['drives'][number]['state']

export const texts = {
  title: 'Drives',
  drawer: 'Slots',
  slot: (slot: number) => `Slot ${formatCount(slot + 1)}`,
  slotSays: (slot: number, state: string) => `Slot ${formatCount(slot + 1)}: ${state}`,
  table: 'Drives and their state',
  columns: { slot: 'Slot', state: 'State', path: 'Where', space: 'Space', errors: 'Errors' },
  states: {
    ok: 'ok',
    healing: 'healing',
    'out-of-service': 'out of service',
    missing: 'missing',
    full: 'full',
    'read-only': 'read-only',
    damaged: 'damaged',
  } satisfies Readonly<Record<DriveStateName, string>>,
  nowhere: 'nowhere to be found',
  folder: 'a folder',
  spaceOf: (free: number, total: number) => `${formatBytes(free)} free of ${formatBytes(total)}`,
  spaceNotKnown: 'not known',
  noErrors: 'none',
  errorsOf: (read: number, write: number) =>
    [read > 0 ? `${formatCount(read)} reading` : '', write > 0 ? `${formatCount(write)} writing` : ''].filter((part) => part !== '').join(', '),
  tolerance: 'What the set survives now',
  layout: (data: number, parity: number) => `${formatCount(data)} data + ${formatCount(parity)} parity`,
  healTitle: 'Healing',
  healRunning: 'What was missed is being made whole again. Clients go first.',
  healProgress: (done: number, total: number) => `${formatCount(done)} of ${formatNumberOf(total, 'record', 'records')}`,
  healBytes: (bytes: number) => `${formatBytes(bytes)} written`,
  healNotKnown: 'How much there is to do is not known yet.',
  healFailed: (count: number) => `${formatNumberOf(count, 'record', 'records')} could not be repaired. Bring back the missing drives, then it is tried again.`,
  damageTitle: 'Damage found by reading',
  damageNone: 'No damaged data was found since the start.',
  damageFound: (found: number, repaired: number) => `${formatNumberOf(found, 'damaged shard', 'damaged shards')} found, ${formatCount(repaired)} repaired.`,
  refusedTitle: 'Found, but not used',
  refusedMore: 'These are not drives of this store, or not as it left them. Coffer does not touch them.',
  missingHint: 'Connect it again, at any place: drives are recognised by what is on them.',
  closed: 'The store is closed, so only presence is known.',
  toUnseal: 'Unseal',
  presence: (found: number, expected: number) => `${formatCount(found)} of ${formatNumberOf(expected, 'drive is', 'drives are')} here`,
  command: 'coffer drive list',
} as const
