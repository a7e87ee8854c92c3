// HMAC-SHA256 (RFC 2104, FIPS 198-1) over one-shot hashes: the crypto library's own HMAC makes an object, looks its algorithm up and frees
// it again for each text, which costs more than the two hashes do.
import { hash } from 'node:crypto'
import { assert } from '../base/assert.ts'

const blockBytes = 64
const digestBytes = 32
const innerPad = 0x36
const outerPad = 0x5c
/** Longer texts get memory of their own. */
const scratchTextMax = 4096

/** Inner pad ‖ text, and outer pad ‖ inner hash. Wiped after each use. */
const scratch = Buffer.alloc(blockBytes + scratchTextMax)
const outerScratch = Buffer.alloc(blockBytes + digestBytes)

/** A key of at most 64 bytes. It shows its bytes to nobody. */
export class HmacKey {
  readonly #key: Uint8Array

  /** Copies `key`: the caller's bytes remain the caller's to wipe. */
  constructor(key: Uint8Array) {
    assert(key.byteLength <= blockBytes, 'an HMAC key is at most one block')
    this.#key = new Uint8Array(key)
  }

  /** The same, and wipes `key`. */
  static take(key: Uint8Array): HmacKey {
    const taken = new HmacKey(key)
    key.fill(0)
    return taken
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
    this.#key.fill(0)
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
    const key = this.#key
    for (let at = 0; at < blockBytes; at++) into[at] = at < key.byteLength ? (key[at] as number) ^ pad : pad
  }
}

function blockFor(textLength: number): Buffer {
  return textLength <= scratchTextMax ? scratch : Buffer.alloc(blockBytes + textLength)
}
