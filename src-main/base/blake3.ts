// BLAKE3-256 by the prebuilt library: keyless hash of shards and records. Taken out of it as text: its binary result is memory outside the
// heap with a finaliser, which costs more than the hash of a short text.
import { blake3UrlSafeBase64 as hashToText } from '@napi-rs/blake-hash'

const result = Buffer.alloc(32)

/** 32 bytes. Takes any view, of shared memory too; the library's types name Buffers only. */
export function blake3(bytes: Uint8Array | string): Buffer {
  return Buffer.from(blake3Briefly(bytes))
}

/** The same in one place for all: valid until the next hash of this thread. */
export function blake3Briefly(bytes: Uint8Array | string): Buffer {
  result.write(hashToText(bytes as Buffer | string), 'base64url')
  return result
}
