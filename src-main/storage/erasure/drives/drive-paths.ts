// Names of everything Coffer keeps on a drive, relative to the drive's root.
export const cofferFolder = '.coffer'
export const identityPath = '.coffer/drive-identity'
export const sealRecordPath = '.coffer/seal-record'
export const lockPath = '.coffer/lock'
export const segmentsFolder = '.coffer/segments'
export const shardsFolder = '.coffer/shards'

const segmentName = /^(\d{8})\.seg$/

export function segmentPath(segmentNumber: number): string {
  return `${segmentsFolder}/${String(segmentNumber).padStart(8, '0')}.seg`
}

/** A segment while it is being pre-written; no record is ever in it. */
export function unfinishedSegmentPath(segmentNumber: number): string {
  return `${segmentsFolder}/${String(segmentNumber).padStart(8, '0')}.new`
}

/** A segment whose owner could not be told any more: kept for people, never read again. */
export function damagedSegmentPath(segmentNumber: number): string {
  return `${segmentsFolder}/${String(segmentNumber).padStart(8, '0')}.damaged`
}

/** Undefined for other names. */
export function segmentNumberOf(name: string): number | undefined {
  const match = segmentName.exec(name)
  return match === null ? undefined : Number(match[1])
}

export function shardFolder(payloadId: string): string {
  return `${shardsFolder}/${payloadId.slice(0, 2)}`
}

export function shardPath(payloadId: string): string {
  return `${shardsFolder}/${payloadId.slice(0, 2)}/${payloadId}`
}
