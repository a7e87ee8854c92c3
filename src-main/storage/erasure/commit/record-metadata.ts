// The metadata of a record as it stands on the drives: JSON (UTF-8) under the storage key, AES-256-GCM, 16 bytes of tag at the end.
// Nonce: epoch u32 ‖ sequence u64, big-endian; no pair is ever used for two texts. The head in clear is bound as associated data.
import { decodeUtf8 } from '../../../base/bytes.ts'
import { gcmNonceBytes, gcmTagBytes } from '../../../crypto/gcm-engine.ts'
import type { GcmKey } from '../../../crypto/gcm.ts'
import type { PayloadForm, RecordHead } from '../drives/drive-protocol.ts'
import { recordKindCode } from '../format/record.ts'

export const metadataTagBytes = gcmTagBytes

const formCodes: Readonly<Record<PayloadForm, number>> = { none: 0, inline: 1, file: 2 }
const boundHeadBytes = 65
const boundHeadVersion = 1
/** Every byte is written each time. */
const boundHeadScratch = Buffer.alloc(boundHeadBytes)

/** What is the same on every drive. */
export type SharedHead = Omit<RecordHead, 'shardIndex'>

/** version u8 | kind u8 | form u8 | k u8 | m u8 | epoch u32 | sequence u64 | batchFirst u64 | batchLength u32 | payloadId 16 | shardLength u64 | storedLength u64 | metadataLength u32. */
function boundHead(head: SharedHead): Uint8Array {
  const bytes = boundHeadScratch
  bytes[0] = boundHeadVersion
  bytes[1] = recordKindCode(head.kind)
  bytes[2] = formCodes[head.form]
  bytes[3] = head.dataShards
  bytes[4] = head.parityShards
  bytes.writeUInt32BE(head.epoch, 5)
  writeU64(bytes, head.sequence, 9)
  writeU64(bytes, head.batchFirst, 17)
  bytes.writeUInt32BE(head.batchLength, 25)
  bytes.write(head.payloadId, 29, 16, 'hex')
  writeU64(bytes, head.shardLength, 45)
  writeU64(bytes, head.storedLength, 53)
  bytes.writeUInt32BE(head.metadataLength, 61)
  return bytes
}

function nonceOf(head: SharedHead): Buffer {
  const nonce = Buffer.alloc(gcmNonceBytes)
  nonce.writeUInt32BE(head.epoch, 0)
  writeU64(nonce, head.sequence, 4)
  return nonce
}

/** Encrypts into `into`, whose length is that of the text and 16 more, and is the head's `metadataLength`. */
export function sealMetadata(key: GcmKey, head: SharedHead, text: Uint8Array, into: Uint8Array): void {
  key.seal(nonceOf(head), boundHead(head), text, into)
}

/** Undefined when it is not authentic: another key, another head, or damage. */
export function openMetadata(key: GcmKey, head: SharedHead, metadata: Uint8Array): string | undefined {
  const textLength = metadata.byteLength - metadataTagBytes
  if (textLength < 0 || metadata.byteLength !== head.metadataLength) return undefined
  const text = new Uint8Array(textLength)
  if (!key.open(nonceOf(head), boundHead(head), metadata, text)) return undefined
  try {
    return decodeUtf8(text)
  } catch {
    return undefined
  }
}

function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
}
