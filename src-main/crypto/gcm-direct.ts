// AES-256-GCM by the crypto library inside this process (OpenSSL in Node, BoringSSL in Electron), through its EVP functions, which both
// have and keep: https://docs.openssl.org/3.5/man3/EVP_EncryptInit/. They read and write the memory they are given, and nothing is allocated.
import { createRequire } from 'node:module'
import { gcmTagBytes, type GcmEngine } from './gcm-engine.ts'

type Pointer = Uint8Array | Int32Array | bigint | null
type Context = bigint

interface Library {
  readonly newContext: () => Context
  readonly resetContext: (context: Context) => number
  readonly cipher: bigint
  readonly encrypt: Direction
  readonly decrypt: Direction
  readonly control: (context: Context, command: number, argument: number, pointer: Pointer) => number
  readonly clearErrors: () => void
}

interface Direction {
  readonly init: (context: Context, cipher: bigint, engine: null, key: Pointer, nonce: Pointer) => number
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
  const direction = (name: 'Encrypt' | 'Decrypt'): Direction => ({
    init: self.func(`int EVP_${name}Init_ex(void *context, void *cipher, void *engine, void *key, void *nonce)`) as Direction['init'],
    update: self.func(`int EVP_${name}Update(void *context, void *out, void *outLength, void *in, int inLength)`) as Direction['update'],
    final: self.func(`int EVP_${name}Final_ex(void *context, void *out, void *outLength)`) as Direction['final'],
  })
  return {
    newContext: self.func('void *EVP_CIPHER_CTX_new()') as () => Context,
    resetContext: self.func('int EVP_CIPHER_CTX_reset(void *context)') as Library['resetContext'],
    cipher: (self.func('void *EVP_aes_256_gcm()') as () => bigint)(),
    encrypt: direction('Encrypt'),
    decrypt: direction('Decrypt'),
    control: self.func('int EVP_CIPHER_CTX_ctrl(void *context, int command, int argument, void *pointer)') as Library['control'],
    clearErrors: self.func('void ERR_clear_error()') as () => void,
  }
}

class DirectGcm implements GcmEngine {
  readonly name = 'direct'
  readonly #library: Library
  /** One for all: it is reset, and the key schedule in it cleansed, after each message. */
  readonly #context: Context
  readonly #key = Buffer.alloc(32)
  readonly #nonce = Buffer.alloc(12)
  readonly #tag = Buffer.alloc(gcmTagBytes)
  readonly #smallIn = Buffer.alloc(movableMax)
  readonly #smallOut = Buffer.alloc(movableMax)
  readonly #outLength = new Int32Array(new ArrayBuffer(movableMax * 2))

  constructor(library: Library) {
    this.#library = library
    this.#context = library.newContext()
  }

  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void {
    const { encrypt, control } = this.#library
    this.#inOneMessage(() => {
      this.#begin(encrypt, key, nonce, associatedData)
      this.#update(encrypt, plain, into)
      mustSucceed(encrypt.final(this.#context, this.#tag, this.#outLength))
      mustSucceed(control(this.#context, getTag, gcmTagBytes, this.#tag))
      into.set(this.#tag, plain.byteLength)
      return true
    })
  }

  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean {
    const { decrypt, control } = this.#library
    const length = into.byteLength
    return this.#inOneMessage(() => {
      // Before the plain bytes may overwrite it.
      this.#tag.set(sealed.subarray(length))
      this.#begin(decrypt, key, nonce, associatedData)
      this.#update(decrypt, sealed.subarray(0, length), into)
      mustSucceed(control(this.#context, setTag, gcmTagBytes, this.#tag))
      return decrypt.final(this.#context, this.#tag, this.#outLength) === 1
    })
  }

  /** Nothing of the message is left behind; after a failure the library's error queue, which sockets look at, is empty. */
  #inOneMessage(work: () => boolean): boolean {
    let succeeded = false
    try {
      succeeded = work()
      return succeeded
    } finally {
      this.#library.resetContext(this.#context)
      if (!succeeded) this.#library.clearErrors()
      this.#key.fill(0)
      this.#smallIn.fill(0)
      this.#smallOut.fill(0)
    }
  }

  #begin(direction: Direction, key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array): void {
    this.#key.set(key)
    this.#nonce.set(nonce)
    mustSucceed(direction.init(this.#context, this.#library.cipher, null, this.#key, this.#nonce))
    this.#update(direction, associatedData, undefined)
  }

  /** `into` undefined: associated data. No bytes make no call. */
  #update({ update }: Direction, bytes: Uint8Array, into: Uint8Array | undefined): void {
    const length = bytes.byteLength
    if (length === 0) return
    const isSmall = length <= movableMax
    if (isSmall) this.#smallIn.set(bytes)
    const out = into === undefined ? null : into.byteLength <= movableMax ? this.#smallOut : into
    mustSucceed(update(this.#context, out, this.#outLength, isSmall ? this.#smallIn : bytes, length))
    if (out === this.#smallOut) into?.set(this.#smallOut.subarray(0, length))
  }
}

function mustSucceed(result: number): void {
  if (result !== 1) throw new Error('the crypto library refused')
}
