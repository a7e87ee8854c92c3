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
  readonly encryptInit: Init
  readonly decryptInit: Init
  readonly encryptUpdate: Update
  readonly decryptUpdate: Update
  readonly encryptFinal: Final
  readonly decryptFinal: Final
  readonly control: (context: Context, command: number, argument: number, pointer: Pointer) => number
  readonly clearErrors: () => void
}
type Init = (context: Context, cipher: bigint, engine: null, key: Pointer, nonce: Pointer) => number
type Update = (context: Context, out: Pointer, outLength: Pointer, input: Pointer, inputLength: number) => number
type Final = (context: Context, out: Pointer, outLength: Pointer) => number

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
  const init = (name: string): Init => self.func(`int ${name}(void *context, void *cipher, void *engine, void *key, void *nonce)`) as Init
  const update = (name: string): Update => self.func(`int ${name}(void *context, void *out, void *outLength, void *in, int inLength)`) as Update
  const final = (name: string): Final => self.func(`int ${name}(void *context, void *out, void *outLength)`) as Final
  return {
    newContext: self.func('void *EVP_CIPHER_CTX_new()') as () => Context,
    resetContext: self.func('int EVP_CIPHER_CTX_reset(void *context)') as Library['resetContext'],
    cipher: (self.func('void *EVP_aes_256_gcm()') as () => bigint)(),
    encryptInit: init('EVP_EncryptInit_ex'),
    decryptInit: init('EVP_DecryptInit_ex'),
    encryptUpdate: update('EVP_EncryptUpdate'),
    decryptUpdate: update('EVP_DecryptUpdate'),
    encryptFinal: final('EVP_EncryptFinal_ex'),
    decryptFinal: final('EVP_DecryptFinal_ex'),
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
  readonly #associated = Buffer.alloc(movableMax)
  readonly #small = Buffer.alloc(movableMax)
  readonly #outLength = new Int32Array(new ArrayBuffer(movableMax * 2))

  constructor(library: Library) {
    this.#library = library
    this.#context = library.newContext()
  }

  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void {
    const { encryptInit, encryptUpdate, encryptFinal, control } = this.#library
    const length = plain.byteLength
    let succeeded = false
    try {
      this.#take(key, nonce)
      mustSucceed(encryptInit(this.#context, this.#library.cipher, null, this.#key, this.#nonce))
      this.#update(encryptUpdate, associatedData, undefined)
      this.#update(encryptUpdate, plain, into)
      mustSucceed(encryptFinal(this.#context, this.#tag, this.#outLength))
      mustSucceed(control(this.#context, getTag, gcmTagBytes, this.#tag))
      into.set(this.#tag, length)
      succeeded = true
    } finally {
      this.#forget(succeeded)
    }
  }

  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean {
    const { decryptInit, decryptUpdate, decryptFinal, control } = this.#library
    const length = into.byteLength
    let succeeded = false
    try {
      this.#take(key, nonce)
      // Before the plain bytes may overwrite it.
      this.#tag.set(sealed.subarray(length))
      mustSucceed(decryptInit(this.#context, this.#library.cipher, null, this.#key, this.#nonce))
      this.#update(decryptUpdate, associatedData, undefined)
      this.#update(decryptUpdate, sealed.subarray(0, length), into)
      mustSucceed(control(this.#context, setTag, gcmTagBytes, this.#tag))
      succeeded = decryptFinal(this.#context, this.#tag, this.#outLength) === 1
      return succeeded
    } finally {
      this.#forget(succeeded)
    }
  }

  #take(key: Uint8Array, nonce: Uint8Array): void {
    this.#key.set(key)
    this.#nonce.set(nonce)
  }

  /** `into` undefined: associated data. No bytes make no call. */
  #update(update: Update, bytes: Uint8Array, into: Uint8Array | undefined): void {
    const length = bytes.byteLength
    if (length === 0) return
    const isSmall = length <= movableMax
    const input = isSmall ? this.#associated : bytes
    if (isSmall) this.#associated.set(bytes)
    const out = into === undefined ? null : into.byteLength <= movableMax ? this.#small : into
    mustSucceed(update(this.#context, out, this.#outLength, input, length))
    if (out === this.#small) into?.set(this.#small.subarray(0, length))
  }

  /** Nothing of this message is left behind; the library's error queue, which sockets look at, is as it was. */
  #forget(succeeded: boolean): void {
    this.#library.resetContext(this.#context)
    if (!succeeded) this.#library.clearErrors()
    this.#key.fill(0)
    this.#associated.fill(0)
    this.#small.fill(0)
  }
}

function mustSucceed(result: number): void {
  if (result !== 1) throw new Error('the crypto library refused')
}
