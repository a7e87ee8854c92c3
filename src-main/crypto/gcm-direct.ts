// AES-256-GCM by the crypto library inside this process (OpenSSL in Node, BoringSSL in Electron), through its EVP functions, which both
// have and keep: https://docs.openssl.org/3.5/man3/EVP_EncryptInit/. They read and write the memory they are given, and nothing is allocated.
import { createRequire } from 'node:module'
import { gcmTagBytes, type GcmEngine } from './gcm-engine.ts'

type Pointer = Uint8Array | Int32Array | bigint | null
type Context = bigint

interface Library {
  readonly encrypt: Direction
  readonly decrypt: Direction
  readonly control: (context: Context, command: number, argument: number, pointer: Pointer) => number
  readonly clearErrors: () => void
}

interface Direction {
  /** Knows the cipher already: setting it anew for each message would look it up and allocate its state each time. */
  readonly context: Context
  readonly init: (context: Context, cipher: bigint | null, engine: null, key: Pointer, nonce: Pointer) => number
  readonly update: (context: Context, out: Pointer, outLength: Pointer, input: Pointer, inputLength: number) => number
  readonly final: (context: Context, out: Pointer, outLength: Pointer) => number
}

const getTag = 0x10
const setTag = 0x11
/** Arrays up to this length may lie on the engine's heap, where they can move: they cross in memory that cannot. */
const movableMax = 64

/** Undefined where the process does not show these functions, or the binding has no binary for this system. */
export function openDirectGcm(): GcmEngine | undefined {
  try {
    return new DirectGcm(findLibrary())
  } catch {
    return undefined
  }
}

/** Throws what the binding throws when a function is not there. */
function findLibrary(): Library {
  const { load } = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  const self = load(null)
  const newContext = self.func('void *EVP_CIPHER_CTX_new()') as () => Context
  const cipher = (self.func('void *EVP_aes_256_gcm()') as () => bigint)()
  const direction = (name: 'Encrypt' | 'Decrypt'): Direction => {
    const context = newContext()
    const init = self.func(`int EVP_${name}Init_ex(void *context, void *cipher, void *engine, void *key, void *nonce)`) as Direction['init']
    mustSucceed(init(context, cipher, null, null, null))
    return {
      context, init,
      update: self.func(`int EVP_${name}Update(void *context, void *out, void *outLength, void *in, int inLength)`) as Direction['update'],
      final: self.func(`int EVP_${name}Final_ex(void *context, void *out, void *outLength)`) as Direction['final'],
    }
  }
  return {
    encrypt: direction('Encrypt'),
    decrypt: direction('Decrypt'),
    control: self.func('int EVP_CIPHER_CTX_ctrl(void *context, int command, int argument, void *pointer)') as Library['control'],
    clearErrors: self.func('void ERR_clear_error()') as () => void,
  }
}

/** What a context holds between two messages. */
const noKey = Buffer.alloc(32)
const noNonce = Buffer.alloc(12)

class DirectGcm implements GcmEngine {
  readonly name = 'direct'
  readonly #library: Library
  readonly #key = Buffer.alloc(32)
  readonly #nonce = Buffer.alloc(12)
  readonly #tag = Buffer.alloc(gcmTagBytes)
  readonly #smallIn = Buffer.alloc(movableMax)
  readonly #smallOut = Buffer.alloc(movableMax)
  readonly #outLength = new Int32Array(new ArrayBuffer(movableMax * 2))

  constructor(library: Library) {
    this.#library = library
  }

  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void {
    const { encrypt, control } = this.#library
    this.#inOneMessage(encrypt, () => {
      this.#begin(encrypt, key, nonce, associatedData)
      this.#update(encrypt, plain, into)
      mustSucceed(encrypt.final(encrypt.context, this.#tag, this.#outLength))
      mustSucceed(control(encrypt.context, getTag, gcmTagBytes, this.#tag))
      into.set(this.#tag, plain.byteLength)
      return true
    })
  }

  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean {
    const { decrypt, control } = this.#library
    const length = into.byteLength
    return this.#inOneMessage(decrypt, () => {
      // Before the plain bytes may overwrite it.
      this.#tag.set(sealed.subarray(length))
      this.#begin(decrypt, key, nonce, associatedData)
      this.#update(decrypt, sealed.subarray(0, length), into)
      mustSucceed(control(decrypt.context, setTag, gcmTagBytes, this.#tag))
      return decrypt.final(decrypt.context, this.#tag, this.#outLength) === 1
    })
  }

  /** Nothing of the message is left behind: its key schedule is overwritten. After a failure the library's error queue, which sockets look at, is empty. */
  #inOneMessage({ context, init }: Direction, work: () => boolean): boolean {
    let succeeded = false
    try {
      succeeded = work()
      return succeeded
    } finally {
      init(context, null, null, noKey, noNonce)
      if (!succeeded) this.#library.clearErrors()
      this.#key.fill(0)
      this.#smallIn.fill(0)
      this.#smallOut.fill(0)
    }
  }

  #begin(direction: Direction, key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array): void {
    this.#key.set(key)
    this.#nonce.set(nonce)
    mustSucceed(direction.init(direction.context, null, null, this.#key, this.#nonce))
    this.#update(direction, associatedData, undefined)
  }

  /** `into` undefined: associated data. No bytes make no call. */
  #update({ context, update }: Direction, bytes: Uint8Array, into: Uint8Array | undefined): void {
    const length = bytes.byteLength
    if (length === 0) return
    const isSmall = length <= movableMax
    if (isSmall) this.#smallIn.set(bytes)
    const out = into === undefined ? null : into.byteLength <= movableMax ? this.#smallOut : into
    mustSucceed(update(context, out, this.#outLength, isSmall ? this.#smallIn : bytes, length))
    if (out === this.#smallOut) into?.set(this.#smallOut.subarray(0, length))
  }
}

function mustSucceed(result: number): void {
  if (result !== 1) throw new Error('the crypto library refused')
}
