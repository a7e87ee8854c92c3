// Object bytes at rest, DARE 2.0: packages of 64 KiB, each 16 bytes of header, ciphertext, 16 bytes of tag (AES-256-GCM). The nonce is bound to
// the package's number and to whether it is the last, so packages cannot be swapped, dropped or cut off. No bytes, no package.
// header: version 0x20 | cipher 0x00 | length − 1 u16 LE | stream nonce 12, its top bit = last package. AAD = header[0..4).
import { assert } from '../base/assert.ts'
import { equalBytes } from '../base/bytes.ts'
import { TaggedError } from '../base/tagged-error.ts'
import { gcmNonceBytes, gcmTagBytes } from './gcm-engine.ts'
import type { GcmKey } from './gcm.ts'

export type EncryptedStreamFault = 'not-authentic'

/** Wrong key, damaged, cut off, or packages not in their place; which of them cannot be told. */
export class EncryptedStreamError extends TaggedError<EncryptedStreamFault> {}

export const packagePlainBytes = 65_536
export const packageHeaderBytes = 16
export const packageOverheadBytes = packageHeaderBytes + gcmTagBytes
export const packageSealedBytes = packagePlainBytes + packageOverheadBytes
const lastPackageMark = 0x80

/** Which packages of which stream. */
export interface PackageRun {
  readonly key: GcmKey
  readonly streamNonce: Uint8Array
  /** Number in the stream of the run's first package. */
  readonly firstPackage: number
  /** Whether the run's last package is the stream's last. */
  readonly last: boolean
}

/** Bytes of the sealed stream of `plainSize` bytes. */
export function sealedSize(plainSize: number): number {
  return plainSize + packageOverheadBytes * Math.ceil(plainSize / packagePlainBytes)
}

/** Bytes of the plain text of a sealed stream; undefined when no stream has that size. */
export function openedSize(streamSize: number): number | undefined {
  const whole = Math.floor(streamSize / packageSealedBytes)
  const rest = streamSize % packageSealedBytes
  if (rest === 0) return whole * packagePlainBytes
  return rest <= packageOverheadBytes ? undefined : whole * packagePlainBytes + rest - packageOverheadBytes
}

export interface PackageRange {
  /** Packages [from, to). */
  readonly from: number
  readonly to: number
  /** Plain bytes of the first package that come before the range. */
  readonly skip: number
}

/** The packages that hold plain bytes [offset, offset + length); length at least 1. */
export function packageRange(offset: number, length: number): PackageRange {
  assert(length >= 1 && offset >= 0, 'empty range')
  const from = Math.floor(offset / packagePlainBytes)
  return { from, to: Math.floor((offset + length - 1) / packagePlainBytes) + 1, skip: offset - from * packagePlainBytes }
}

/** Where in the sealed stream packages [from, to) stand, when the stream has `streamSize` bytes. */
export function sealedRange(packages: { readonly from: number; readonly to: number }, streamSize: number): { readonly offset: number; readonly length: number } {
  const offset = packages.from * packageSealedBytes
  return { offset, length: Math.min(packages.to * packageSealedBytes, streamSize) - offset }
}

/**
 * Seals `plain` as the packages of `run` into `sealed`, which has sealedSize(plain) bytes or more and does not overlap it; gives the bytes written.
 * Unless the run ends the stream, `plain` is whole packages. A stream of no bytes has no package.
 */
export function sealPackages(run: PackageRun, plain: Uint8Array, sealed: Uint8Array): number {
  return seal(run, plain.byteLength, sealed, plain)
}

/** The same for `plainLength` bytes that stand in `sealed` already, each package where its ciphertext goes. */
export function sealPackagesInPlace(run: PackageRun, plainLength: number, sealed: Uint8Array): number {
  return seal(run, plainLength, sealed, undefined)
}

/** `plain` undefined: in place. */
function seal(run: PackageRun, plainLength: number, sealed: Uint8Array, plain: Uint8Array | undefined): number {
  assert(run.last || plainLength % packagePlainBytes === 0, 'only the last package may be short')
  assert(plainLength > 0 || run.firstPackage === 0 || !run.last, 'a stream ends with a package')
  assert(sealed.byteLength >= sealedSize(plainLength), 'no room for the sealed packages')
  head.begin(run)
  let to = 0
  for (let from = 0, number = run.firstPackage; from < plainLength; from += packagePlainBytes, number++) {
    const length = Math.min(packagePlainBytes, plainLength - from)
    head.turnTo(number, length, run.last && from + length === plainLength)
    sealed.set(head.header, to)
    to += packageHeaderBytes
    const end = to + length + gcmTagBytes
    run.key.seal(head.nonce, head.associated, plain?.subarray(from, from + length) ?? sealed.subarray(to, to + length), sealed.subarray(to, end))
    to = end
  }
  return to
}

/**
 * Opens the packages of `run` out of `sealed` into `plain`, which begins where `sealed` does (the plain bytes then overwrite the sealed ones)
 * or does not overlap it; gives the bytes written. A package whose tag is wrong leaves zeros. Faults: not-authentic (also when the bytes end inside a package or before the last one).
 */
export function openPackages(run: PackageRun, sealed: Uint8Array, plain: Uint8Array): number {
  const size = openedSize(sealed.byteLength)
  if (size === undefined || (!run.last && size % packagePlainBytes !== 0)) throw notAuthentic()
  if (size === 0 && run.last && run.firstPackage > 0) throw notAuthentic()
  assert(plain.byteLength >= size, 'no room for the plain packages')
  head.begin(run)
  let to = 0
  for (let from = 0, number = run.firstPackage; from < sealed.byteLength; from += packageSealedBytes, number++) {
    const length = Math.min(packageSealedBytes, sealed.byteLength - from) - packageOverheadBytes
    head.turnTo(number, length, run.last && from + length + packageOverheadBytes === sealed.byteLength)
    if (!equalBytes(sealed.subarray(from, from + packageHeaderBytes), head.header)) throw notAuthentic()
    const body = sealed.subarray(from + packageHeaderBytes, from + packageOverheadBytes + length)
    if (!run.key.open(head.nonce, head.associated, body, plain.subarray(to, to + length))) throw notAuthentic()
    to += length
  }
  return to
}

/** A whole small stream in one call (wrapped keys, sealed digests). */
export function sealStream(key: GcmKey, streamNonce: Uint8Array, plain: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(sealedSize(plain.byteLength))
  sealPackages({ key, streamNonce, firstPackage: 0, last: true }, plain, sealed)
  return sealed
}

/** The nonce is taken from the stream's first header. Faults: not-authentic. */
export function openStream(key: GcmKey, sealed: Uint8Array): Uint8Array {
  const size = openedSize(sealed.byteLength)
  if (size === undefined) throw notAuthentic()
  const plain = new Uint8Array(size)
  if (size > 0) openPackages({ key, streamNonce: sealed.slice(4, packageHeaderBytes), firstPackage: 0, last: true }, sealed, plain)
  return plain
}

/** Header and nonce of one package after the other, in buffers that are used again. */
class PackageHead {
  readonly header = new Uint8Array(packageHeaderBytes)
  readonly associated = this.header.subarray(0, 4)
  readonly nonce = new Uint8Array(gcmNonceBytes)
  readonly #streamNonce = new Uint8Array(gcmNonceBytes)

  begin({ streamNonce }: PackageRun): void {
    assert(streamNonce.byteLength === gcmNonceBytes, 'a stream nonce has 12 bytes')
    this.#streamNonce.set(streamNonce)
    this.header[0] = 0x20
    this.header.set(streamNonce, 4)
  }

  turnTo(packageNumber: number, length: number, last: boolean): void {
    assert(packageNumber >= 0 && packageNumber < 2 ** 32, 'package number out of range')
    const { header, nonce } = this
    header[2] = (length - 1) & 0xff
    header[3] = (length - 1) >> 8
    header[4] = last ? (header[4] ?? 0) | lastPackageMark : (header[4] ?? 0) & ~lastPackageMark
    nonce.set(this.#streamNonce)
    nonce[0] = header[4]
    for (let i = 0; i < 4; i++) nonce[8 + i] = (nonce[8 + i] ?? 0) ^ ((packageNumber >>> (8 * i)) & 0xff)
  }
}

/** One for all: a run is sealed or opened in one go. */
const head = new PackageHead()

function notAuthentic(): EncryptedStreamError {
  return new EncryptedStreamError('not-authentic', 'the encrypted bytes are damaged or not what they are taken for')
}
