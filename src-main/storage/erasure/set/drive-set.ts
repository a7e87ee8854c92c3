// The drives of one erasure set as the paths of the engine see them. Implemented by erasure-set.ts.
import type { DriveConnection, DriveError } from '../drives/drive-connection.ts'

export interface DriveSet {
  readonly slotCount: number
  readonly dataShards: number
  readonly parityShards: number
  /** The drive in a slot if it may be read now (in service, or being healed); undefined otherwise. */
  readable(slot: number): DriveConnection | undefined
  /** The drive in a slot if new shards go to it now (in service). */
  writable(slot: number): DriveConnection | undefined
  /** A call failed: counts the error and, where the fault says so, puts the drive out of service. */
  reportFault(slot: number, error: DriveError, during: 'read' | 'write'): void
  /** A shard was found damaged or absent on a drive in service: it goes into the ledger and is repaired in the background. */
  reportDamage(slot: number, damage: { readonly sequence: number; readonly payloadId: string; readonly form: 'inline' | 'file' }): void
}
