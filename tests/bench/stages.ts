// Where the time of one 100 KiB PUT and GET goes inside the codec, stage by stage, measured alone in one thread on this machine.
import { createHash, randomFillSync } from 'node:crypto'
import { blake3 } from '../../src-main/base/blake3.ts'
import { openPackages, sealedSize, sealPackages } from '../../src-main/crypto/encrypted-stream.ts'
import { loadKernelModules } from '../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../src-main/payload/kernels.ts'
import { Md5Stream, updateMd5 } from '../../src-main/payload/md5-streams.ts'
import { reedSolomon } from '../../src-main/payload/reed-solomon.ts'
import { createSharedSlab, kernelAreaBytes } from '../../src-main/payload/shared-memory.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

const bodyBytes = 102_400
const slotBytes = 512 * 1024

/** Best time of one call in µs. */
export function bestOf(work: () => unknown, calls = 100, repeats = 9): number {
  for (let call = 0; call < calls; call++) work()
  let best = Infinity
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now()
    for (let call = 0; call < calls; call++) work()
    best = Math.min(best, ((performance.now() - start) * 1000) / calls)
  }
  return best
}

export function measureStages(): Record<string, number> {
  const slab = createSharedSlab(16 * 1024 * 1024)
  const kernels = openKernels(loadKernelModules(), slab, 0)
  const { bytes } = slab
  for (let at = kernelAreaBytes; at + 65_536 <= bytes.byteLength; at += 65_536) randomFillSync(bytes, at, 65_536)
  const view = (slot: number, length: number): Uint8Array => bytes.subarray(kernelAreaBytes + slot * slotBytes, kernelAreaBytes + slot * slotBytes + length)
  const shardLength = Math.ceil(sealedSize(bodyBytes) / 2 / 64) * 64
  const run = { key: GcmKey.copyOf(new Uint8Array(32).fill(7)), streamNonce: new Uint8Array(12).fill(9), firstPackage: 0, last: true }
  const plain = view(0, bodyBytes)
  const sealed = view(9, sealedSize(bodyBytes))
  const shardsAt = kernelAreaBytes + 12 * slotBytes
  const body = Buffer.alloc(bodyBytes, 'x')
  return {
    'copy of the body into shared memory': bestOf(() => { plain.set(body) }),
    'SHA-256 of the payload': bestOf(() => createHash('sha256').update(plain).digest()),
    'MD5, eight bodies at once, per body': bestOf(() => { updateMd5(kernels, Array.from({ length: 8 }, (_, slot) => ({ stream: new Md5Stream(), offset: kernelAreaBytes + slot * slotBytes, length: bodyBytes, last: true }))) }, 20) / 8,
    'AES-256-GCM packages, seal': bestOf(() => sealPackages(run, plain, sealed)),
    'AES-256-GCM packages, open': bestOf(() => openPackages(run, sealed, plain)),
    'Reed–Solomon 2+2': bestOf(() => { reedSolomon(2, 2).encode(kernels, shardsAt, shardLength, shardLength) }),
    'BLAKE3 of four shards': bestOf(() => { for (let shard = 0; shard < 4; shard++) blake3(bytes.subarray(shardsAt + shard * shardLength, shardsAt + (shard + 1) * shardLength)) }),
  }
}
