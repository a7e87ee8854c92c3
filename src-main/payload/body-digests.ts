// The digests of one body, going on from stripe to stripe. MD5 is kept apart: it is done for many bodies at once (md5-streams.ts).
import { createHash, type Hash } from 'node:crypto'
import { encodeCrc32, encodeCrc64, updateCrc32, updateCrc32c } from '../base/checksum.ts'
import type { DigestAlgorithm, Digests } from '../crypto/body-recipe.ts'
import type { SharedRange } from './codec-protocol.ts'
import type { Kernels } from './kernels.ts'
import { Md5Stream } from './md5-streams.ts'

export class BodyDigests {
  readonly md5: Md5Stream | undefined
  readonly #sha256: Hash | undefined
  readonly #sha1: Hash | undefined
  #crc32: number | undefined
  #crc32c: number | undefined
  #crc64nvme: bigint | undefined

  constructor(algorithms: readonly DigestAlgorithm[]) {
    const asked = (algorithm: DigestAlgorithm): boolean => algorithms.includes(algorithm)
    this.md5 = asked('md5') ? new Md5Stream() : undefined
    this.#sha256 = asked('sha256') ? createHash('sha256') : undefined
    this.#sha1 = asked('sha1') ? createHash('sha1') : undefined
    this.#crc32 = asked('crc32') ? 0 : undefined
    this.#crc32c = asked('crc32c') ? 0 : undefined
    this.#crc64nvme = asked('crc64nvme') ? 0n : undefined
  }

  /** All but MD5. */
  update(kernels: Kernels, range: SharedRange): void {
    const bytes = kernels.bytes.subarray(range.offset, range.offset + range.length)
    this.#sha256?.update(bytes)
    this.#sha1?.update(bytes)
    if (this.#crc32 !== undefined) this.#crc32 = updateCrc32(this.#crc32, bytes)
    if (this.#crc32c !== undefined) this.#crc32c = updateCrc32c(this.#crc32c, bytes)
    if (this.#crc64nvme !== undefined) this.#crc64nvme = kernels.crc64nvme(this.#crc64nvme, range.offset, range.length)
  }

  /** Once, after the last stripe. */
  finish(): Digests {
    return {
      ...(this.md5 === undefined ? {} : { md5: this.md5.digest() }),
      ...(this.#sha256 === undefined ? {} : { sha256: new Uint8Array(this.#sha256.digest()) }),
      ...(this.#sha1 === undefined ? {} : { sha1: new Uint8Array(this.#sha1.digest()) }),
      ...(this.#crc32 === undefined ? {} : { crc32: encodeCrc32(this.#crc32) }),
      ...(this.#crc32c === undefined ? {} : { crc32c: encodeCrc32(this.#crc32c) }),
      ...(this.#crc64nvme === undefined ? {} : { crc64nvme: encodeCrc64(this.#crc64nvme) }),
    }
  }
}
