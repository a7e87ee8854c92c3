// First file of every drive: whose it is and where it belongs. Readable while sealed. FORMAT.md, "drive-identity".
// magic 8 | formatVersion u16 | flags u16 | slot u16 | setSize u16 | dataShards u8 | parityShards u8 | 0 u16 | layoutGeneration u32
// | segmentSizeBytes u32 | 0 u32 | deploymentId 16 | driveId 16 | setId 16 | setDrives 16 × setSize | blake3 32
import { asciiBytes, endsInHash, hashBytes, hashOf, idBytes, isAt, readUuid, uuidBytes, viewOf } from './fields.ts'
import { requireFormat, requireVersion } from './format-error.ts'

export interface DriveIdentity {
  /** These ids are lower-case UUIDs. */
  readonly deploymentId: string
  readonly driveId: string
  readonly setId: string
  readonly slot: number
  readonly layoutGeneration: number
  /** All drives of the set in slot order, this one included. */
  readonly setDrives: readonly string[]
  readonly dataShards: number
  readonly parityShards: number
  /** A multiple of 4096 from 16 KiB to 1 GiB. */
  readonly segmentSizeBytes: number
  readonly isFolder: boolean
}

export const setDrivesMax = 64
export const segmentSizeBytesMin = 16 * 1024
export const segmentSizeBytesMax = 1024 * 1024 * 1024

const magic = asciiBytes('COFFERID')
const version = 1
const fixedBytes = 80
const folderFlag = 1
export const driveIdentitySizeMax = fixedBytes + setDrivesMax * idBytes + hashBytes

/** Throws FormatError `damaged` for an identity that no drive may have. */
export function encodeDriveIdentity(identity: DriveIdentity): Uint8Array {
  requireConsistent(identity)
  const end = fixedBytes + identity.setDrives.length * idBytes
  const bytes = new Uint8Array(end + hashBytes)
  const view = viewOf(bytes)
  bytes.set(magic, 0)
  view.setUint16(8, version, true)
  view.setUint16(10, identity.isFolder ? folderFlag : 0, true)
  view.setUint16(12, identity.slot, true)
  view.setUint16(14, identity.setDrives.length, true)
  view.setUint8(16, identity.dataShards)
  view.setUint8(17, identity.parityShards)
  view.setUint32(20, identity.layoutGeneration, true)
  view.setUint32(24, identity.segmentSizeBytes, true)
  bytes.set(uuidBytes(identity.deploymentId), 32)
  bytes.set(uuidBytes(identity.driveId), 48)
  bytes.set(uuidBytes(identity.setId), 64)
  for (const [slot, driveId] of identity.setDrives.entries()) bytes.set(uuidBytes(driveId), fixedBytes + slot * idBytes)
  bytes.set(hashOf(bytes, 0, end), end)
  return bytes
}

/** Faults: damaged, unsupported-version. */
export function decodeDriveIdentity(bytes: Uint8Array): DriveIdentity {
  requireFormat(bytes.byteLength >= fixedBytes + hashBytes && bytes.byteLength <= driveIdentitySizeMax, 'length of drive identity')
  requireFormat(isAt(bytes, 0, magic), 'magic of drive identity')
  const end = bytes.byteLength - hashBytes
  requireFormat(endsInHash(bytes, 0, end), 'hash of drive identity')
  const view = viewOf(bytes)
  requireVersion(view.getUint16(8, true), version, 'drive identity')
  const flags = view.getUint16(10, true)
  const setSize = view.getUint16(14, true)
  requireFormat(flags <= folderFlag && view.getUint16(18, true) === 0 && view.getUint32(28, true) === 0, 'reserved field of drive identity')
  requireFormat(end === fixedBytes + setSize * idBytes, 'length of drive identity')
  const identity: DriveIdentity = {
    deploymentId: readUuid(bytes, 32),
    driveId: readUuid(bytes, 48),
    setId: readUuid(bytes, 64),
    slot: view.getUint16(12, true),
    layoutGeneration: view.getUint32(20, true),
    setDrives: Array.from({ length: setSize }, (_, slot) => readUuid(bytes, fixedBytes + slot * idBytes)),
    dataShards: view.getUint8(16),
    parityShards: view.getUint8(17),
    segmentSizeBytes: view.getUint32(24, true),
    isFolder: flags === folderFlag,
  }
  requireConsistent(identity)
  return identity
}

function requireConsistent(identity: DriveIdentity): void {
  const { setDrives, slot, dataShards, parityShards, segmentSizeBytes, layoutGeneration } = identity
  requireFormat(setDrives.length >= 1 && setDrives.length <= setDrivesMax, 'number of drives in the set')
  requireFormat(new Set(setDrives).size === setDrives.length, 'a drive twice in the set')
  requireFormat(setDrives[slot] === identity.driveId, 'slot of the drive')
  requireFormat(isCount(dataShards) && dataShards >= 1 && isCount(parityShards) && dataShards + parityShards <= setDrives.length, 'shards of the set')
  requireFormat(segmentSizeBytes >= segmentSizeBytesMin && segmentSizeBytes <= segmentSizeBytesMax && segmentSizeBytes % 4096 === 0, 'segment size')
  requireFormat(isCount(layoutGeneration) && layoutGeneration <= 0xffff_ffff, 'layout generation')
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}
