// BLAKE3-256 by the prebuilt library: keyless hash of shards and records.
import { blake3 as hashNatively } from '@napi-rs/blake-hash'

/** 32 bytes. Takes any view, of shared memory too; the library's types name Buffers only. */
export function blake3(bytes: Uint8Array | string): Buffer {
  return hashNatively(bytes as Buffer | string)
}
