// HMAC-SHA256 (RFC 2104, FIPS 198-1) over one-shot hashes: the crypto library's own HMAC makes an object, looks its algorithm up and frees
// it again for each text, which costs more than the two hashes do.
import { hash } from 'node:crypto'
import { assert } from '../base/assert.ts'
import { SecretBytes } from './secret-bytes.ts'

const blockBytes = 64
const digestBytes = 32
const innerPad = 0x36
const outerPad = 0x5c
/** Longer texts get memory of their own. */
const scratchTextMax = 4096

/** Inner pad ‖ text, and outer pad ‖ inner hash. Wiped after each use. */
const scratch = Buffer.alloc(blockBytes + scratchTextMax)
const outerScratch = Buffer.alloc(blockBytes + digestBytes)

/** A key of at most 64 bytes. It shows its bytes to nobody. Using one that was wiped is a bug. */
export class HmacKey {
  readonly #secret: SecretBytes

  private constructor(secret: SecretBytes) {
    assert(secret.sizeBytes <= blockBytes, 'an HMAC key is at most one block')
    this.#secret = secret
  }

  /** Takes `key` over: from now on the bytes belong to this object. */
  static own(key: Uint8Array): HmacKey {
    return new HmacKey(SecretBytes.own(key))
  }

  /** The caller's bytes remain the caller's to wipe. */
  static copyOf(key: Uint8Array): HmacKey {
    return new HmacKey(SecretBytes.copyOf(key))
  }

  /** 32 bytes, the caller's to wipe. */
  digest(text: Uint8Array): Uint8Array {
    const block = blockFor(text.byteLength)
    block.set(text, blockBytes)
    const digest = hash('sha256', this.#prepareOuter(block, text.byteLength), 'buffer')
    outerScratch.fill(0)
    return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength)
  }

  /** Of a text with one byte per character, in hex: for what is no secret, a signature say. */
  hexOf(text: string): string {
    const block = blockFor(text.length)
    block.write(text, blockBytes, 'latin1')
    const digest = hash('sha256', this.#prepareOuter(block, text.length), 'hex')
    outerScratch.fill(0)
    return digest
  }

  wipe(): void {
    this.#secret.wipe()
  }

  /** The inner hash crosses as text, one byte per character: without the key it opens nothing. */
  #prepareOuter(block: Buffer, textLength: number): Buffer {
    this.#pad(block, innerPad)
    const inner = hash('sha256', block.subarray(0, blockBytes + textLength), 'binary')
    block.fill(0, 0, blockBytes + textLength)
    this.#pad(outerScratch, outerPad)
    outerScratch.write(inner, blockBytes, 'latin1')
    return outerScratch
  }

  #pad(into: Buffer, pad: number): void {
    this.#secret.use((key) => {
      for (let at = 0; at < blockBytes; at++) into[at] = at < key.byteLength ? (key[at] as number) ^ pad : pad
    })
  }
}

function blockFor(textLength: number): Buffer {
  return textLength <= scratchTextMax ? scratch : Buffer.alloc(blockBytes + textLength)
}
