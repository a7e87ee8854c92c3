// Known answers at every start: a codec whose arithmetic is wrong (bad processor, miscompiled kernel, other crypto library) refuses to serve.
import { createHash } from 'node:crypto'
import { encodeCrc64, updateCrc32, updateCrc32c } from '../base/checksum.ts'
import { equalBytes, formatHex } from '../base/bytes.ts'
import { blake3 } from '../base/blake3.ts'
import { openStream, sealStream } from '../crypto/encrypted-stream.ts'
import { GcmKey } from '../crypto/gcm.ts'
import { CodecError } from './codec.ts'
import type { Kernels } from './kernels.ts'
import { Md5Stream, updateMd5 } from './md5-streams.ts'
import { reedSolomon } from './reed-solomon.ts'
import { xxh64 } from './xxh64.ts'

/** k, m, and the XXH64 over, per shard of the bytes 00…ff, its index and its bytes (the erasure engine's published self-test). */
const codeAnswers: readonly (readonly [number, number, bigint])[] = [
  [2, 2, 0x23fb21be2496f5d3n],
  [3, 1, 0x60ab052148b010b4n],
  [3, 2, 0xe64927daef76435an],
  [4, 2, 0x62b9552945504fefn],
  [4, 4, 0x09a07581dcd03da8n],
  [6, 2, 0x7ed133de5ca6a58en],
  [8, 4, 0x03ba5e9b41bf07f0n],
  [12, 3, 0xd5ce58368ae90b13n],
]
const checkString = Uint8Array.from('123456789', (digit) => digit.charCodeAt(0))

/** Throws CodecError self-test-failed. Uses only this thread's scratch. About 3 ms. */
export function runSelfTests(kernels: Kernels): void {
  for (const [k, m, answer] of codeAnswers) demand(codeHash(kernels, k, m) === answer && rebuilds(kernels, k, m), `erasure code ${k}+${m}`)
  demand(md5Agrees(kernels), 'MD5 lanes')
  kernels.bytes.set(checkString, kernels.scratch.selfTest)
  demand(formatHex(encodeCrc64(kernels.crc64nvme(0n, kernels.scratch.selfTest, 9))) === 'ae8b14860a799888', 'CRC64NVME')
  demand(updateCrc32(0, checkString) === 0xcbf43926, 'CRC32')
  demand(updateCrc32c(0, checkString) === 0xe3069283, 'CRC32C')
  demand(blake3(checkString).toString('hex') === 'b7d65b48420d1033cb2595293263b6f72eabee20d55e699d0df1973b3c9deed1', 'BLAKE3')
  demand(encryptionAgrees(), 'encrypted stream')
}

function demand(right: boolean, what: string): void {
  if (!right) throw new CodecError('self-test-failed', `self-test failed: ${what}`, { test: what })
}

/** Shards of 00…ff in the self-test area, each with room for whole vectors; zero padding encodes to zero. */
function encodeSample(kernels: Kernels, k: number, m: number): { readonly offset: number; readonly stride: number; readonly used: number } {
  const used = Math.ceil(256 / k)
  const stride = Math.ceil(used / 64) * 64
  const offset = kernels.scratch.selfTest
  kernels.bytes.fill(0, offset, offset + (k + m) * stride)
  for (let i = 0; i < 256; i++) kernels.bytes[offset + Math.floor(i / used) * stride + (i % used)] = i
  reedSolomon(k, m).encode(kernels, offset, stride, stride)
  return { offset, stride, used }
}

function codeHash(kernels: Kernels, k: number, m: number): bigint {
  const { offset, stride, used } = encodeSample(kernels, k, m)
  const message = new Uint8Array((k + m) * (used + 1))
  for (let shard = 0; shard < k + m; shard++) {
    message[shard * (used + 1)] = shard
    message.set(kernels.bytes.subarray(offset + shard * stride, offset + shard * stride + used), shard * (used + 1) + 1)
  }
  return xxh64(message)
}

/** The first shards, as many as may be lost, come back from the others. */
function rebuilds(kernels: Kernels, k: number, m: number): boolean {
  const { offset, stride } = encodeSample(kernels, k, m)
  const lost = Array.from({ length: Math.min(k, m) }, (_, i) => i)
  const survivors = Array.from({ length: k }, (_, i) => i + lost.length)
  const before = kernels.bytes.slice(offset, offset + lost.length * stride)
  kernels.bytes.fill(0xa5, offset, offset + lost.length * stride)
  reedSolomon(k, m).rebuild(kernels, survivors, lost, offset, stride, stride)
  return equalBytes(before, kernels.bytes.slice(offset, offset + lost.length * stride))
}

/** One, four and eight streams of different lengths against node:crypto. */
function md5Agrees(kernels: Kernels): boolean {
  const { selfTest } = kernels.scratch
  for (let i = 0; i < 8192; i++) kernels.bytes[selfTest + i] = (i * 167 + (i >> 8)) & 0xff
  for (const streams of [1, 4, 8]) {
    const works = Array.from({ length: streams }, (_, i) => ({ stream: new Md5Stream(), offset: selfTest + i * 512, length: [1000, 0, 64, 55, 56, 4096, 127, 640][i] ?? 0, last: true }))
    updateMd5(kernels, works)
    for (const { stream, offset, length } of works) {
      const answer = createHash('md5').update(kernels.bytes.subarray(offset, offset + length)).digest()
      if (!equalBytes(answer, stream.digest())) return false
    }
  }
  return true
}

/** An object of five bytes under a known key, and that a changed byte is noticed. */
function encryptionAgrees(): boolean {
  const key = GcmKey.own(new Uint8Array(Buffer.from('6a1d68abb8caa58db0a30aaececc9b7f57aeab8d107ed9fa64076a089630bca5', 'hex')))
  const plain = Uint8Array.from('hello', (letter) => letter.charCodeAt(0))
  const sealed = sealStream(key, Uint8Array.from({ length: 12 }, (_, i) => i), plain)
  if (formatHex(sealed) !== '20000400800102030405060708090a0bffd68b6244648618c2efcc7c92e9d9066218ab23bf') return false
  if (!equalBytes(openStream(key, sealed), plain)) return false
  sealed[20] = (sealed[20] ?? 0) ^ 1
  try {
    openStream(key, sealed)
    return false
  } catch {
    return true
  }
}
