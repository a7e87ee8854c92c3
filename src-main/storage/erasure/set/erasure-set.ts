// The drives of one set as one: who may be read, who takes writes, who is out and why. The rule: a drive that failed a write is out of
// service at once and stays so until the next start, so that what it misses is known from the log.
import type { DriveReport, DriveState, StorageHealth } from '../../../seams/storage-backend.ts'
import type { DriveConnection, DriveError } from '../drives/drive-connection.ts'
import type { DriveSpace } from '../drives/drive-protocol.ts'
import type { DriveSet } from './drive-set.ts'
import type { FoundSet } from './open-set.ts'
import { toLossesLeft, toStorageHealth, type LossesLeft, type SetCondition } from './quorum.ts'

export interface ShardDamage {
  readonly slot: number
  readonly sequence: number
  readonly payloadId: string
  readonly form: 'inline' | 'file'
}

interface Slot {
  readonly driveId: string
  readonly connection: DriveConnection | undefined
  readonly isFolder: boolean
  state: DriveState
  reason: string
  space: DriveSpace | undefined
  readErrors: number
  writeErrors: number
}

const reasons: Readonly<Record<DriveError['fault'], string>> = {
  'io-error': 'the drive reported an error', full: 'the drive is full', 'read-only': 'the drive takes no writes', gone: 'the drive is gone',
  timeout: 'the drive does not answer', 'not-formatted': 'the drive is not formatted', foreign: 'the drive belongs to another store',
  'in-use': 'the drive is in use by another program', 'not-found': 'a record is not on the drive', damaged: 'a record on the drive is damaged',
  refused: 'the drive refused the request',
}

export class ErasureSet implements DriveSet {
  readonly slotCount: number
  readonly dataShards: number
  readonly parityShards: number
  readonly #slots: readonly Slot[]
  readonly #listeners = new Set<() => void>()
  readonly #damageListeners = new Set<(damage: ShardDamage) => void>()
  #writesStopped = false
  #stagedBytes = 0

  constructor(found: FoundSet) {
    const { setDrives, dataShards, parityShards } = found.identity
    this.slotCount = setDrives.length
    this.dataShards = dataShards
    this.parityShards = parityShards
    this.#slots = setDrives.map((driveId, slot) => {
      const drive = found.slots[slot]
      return {
        driveId, connection: drive?.connection, isFolder: drive?.identity.isFolder ?? false,
        state: drive === undefined ? 'missing' : 'ok', reason: drive === undefined ? 'the drive is not connected' : '',
        space: undefined, readErrors: 0, writeErrors: 0,
      }
    })
  }

  readable(slot: number): DriveConnection | undefined {
    const drive = this.#slots[slot]
    return drive !== undefined && isReadable(drive.state) ? drive.connection : undefined
  }

  writable(slot: number): DriveConnection | undefined {
    const drive = this.#slots[slot]
    return drive !== undefined && isWritable(drive.state) ? drive.connection : undefined
  }

  /** Whatever its state: for letting go of it at the end. */
  connection(slot: number): DriveConnection | undefined {
    return this.#slots[slot]?.connection
  }

  state(slot: number): DriveState {
    return this.#slots[slot]?.state ?? 'missing'
  }

  /** Slots that take writes, ascending. */
  inService(): number[] {
    return this.#slots.flatMap((drive, slot) => (isWritable(drive.state) ? [slot] : []))
  }

  readableSlots(): number[] {
    return this.#slots.flatMap((drive, slot) => (isReadable(drive.state) ? [slot] : []))
  }

  reportFault(slot: number, error: DriveError, during: 'read' | 'write'): void {
    const drive = this.#slots[slot]
    if (drive === undefined || drive.connection === undefined) return
    if (during === 'read') drive.readErrors++
    else drive.writeErrors++
    const { fault } = error
    if (fault === 'gone' || fault === 'timeout') this.#putOut(drive, 'out-of-service', fault)
    else if (during === 'read') return
    else if (fault === 'full' || fault === 'read-only') this.#putOut(drive, fault, fault)
    else this.#putOut(drive, 'out-of-service', fault)
  }

  reportDamage(slot: number, damage: Omit<ShardDamage, 'slot'>): void {
    // A drive being healed misses what it misses; that is known and no news.
    if (this.#slots[slot]?.state !== 'ok') return
    for (const listener of [...this.#damageListeners]) listener({ ...damage, slot })
  }

  /** It came back without everything: written to from now on, its gaps are filled in the background. */
  beginHealing(slot: number): void {
    const drive = this.#slots[slot]
    if (drive?.state === 'ok') this.#move(drive, 'healing', 'records it missed are being rebuilt')
  }

  endHealing(slot: number): void {
    const drive = this.#slots[slot]
    if (drive?.state === 'healing') this.#move(drive, 'ok', '')
  }

  /** After a batch was lost for want of a quorum. Reads go on. */
  stopWrites(): void {
    this.#writesStopped = true
    this.#tell()
  }

  noteSpace(slot: number, space: DriveSpace): void {
    const drive = this.#slots[slot]
    if (drive !== undefined) drive.space = space
    this.#stagedBytes = 0
  }

  /** So many bytes go to each drive of which its last space report knows nothing. */
  noteStaged(bytesPerDrive: number): void {
    this.#stagedBytes += bytesPerDrive
  }

  /** Free on a drive as far as known; Infinity when it never said. */
  freeBytes(slot: number): number {
    const space = this.#slots[slot]?.space
    return space === undefined ? Infinity : space.freeBytes + space.readyBytes - this.#stagedBytes
  }

  space(slot: number): DriveSpace | undefined {
    return this.#slots[slot]?.space
  }

  health(): StorageHealth {
    return toStorageHealth(this.#condition())
  }

  lossesLeft(): LossesLeft {
    return toLossesLeft(this.#condition())
  }

  reports(): DriveReport[] {
    return this.#slots.map((drive, slot) => ({
      driveId: drive.driveId, slot, path: drive.connection?.path, state: drive.state, reason: drive.reason, isFolder: drive.isFolder,
      freeBytes: drive.space === undefined ? 0 : drive.space.freeBytes + drive.space.readyBytes, totalBytes: drive.space?.totalBytes ?? 0,
      readErrors: drive.readErrors, writeErrors: drive.writeErrors,
    }))
  }

  /** Called in the turn in which a drive's state or the health changes; the result ends it. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  watchDamage(listener: (damage: ShardDamage) => void): () => void {
    this.#damageListeners.add(listener)
    return () => { this.#damageListeners.delete(listener) }
  }

  #condition(): SetCondition {
    const count = (wanted: (state: DriveState) => boolean): number => this.#slots.filter((drive) => wanted(drive.state)).length
    return {
      slotCount: this.slotCount, dataShards: this.dataShards, parityShards: this.parityShards, writesStopped: this.#writesStopped,
      complete: count((state) => state === 'ok'), readable: count(isReadable), writable: count(isWritable),
    }
  }

  #putOut(drive: Slot, state: DriveState, fault: DriveError['fault']): void {
    // Of two reasons the worse one stays: a full drive may still be read, one that is out may not.
    if (!isReadable(drive.state) || (!isWritable(drive.state) && isReadable(state))) return
    this.#move(drive, state, reasons[fault])
  }

  #move(drive: Slot, state: DriveState, reason: string): void {
    drive.state = state
    drive.reason = reason
    this.#tell()
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

function isWritable(state: DriveState): boolean {
  return state === 'ok' || state === 'healing'
}

function isReadable(state: DriveState): boolean {
  return isWritable(state) || state === 'full' || state === 'read-only'
}
