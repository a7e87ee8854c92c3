// What each stage of the codec costs on this machine: `node tests/bench/codec-bench.ts`. Best of several repeats; nothing is asserted.
import { createHash, randomFillSync } from 'node:crypto'
import { openPackages, sealedSize, sealPackages } from '../../src-main/crypto/encrypted-stream.ts'
import { blake3 } from '../../src-main/base/blake3.ts'
import { updateCrc32, updateCrc32c } from '../../src-main/base/checksum.ts'
import type { EncodeStripe } from '../../src-main/payload/codec-protocol.ts'
import { StripeJobs } from '../../src-main/payload/codec-jobs.ts'
import { openCodecPool } from '../../src-main/payload/codec-pool.ts'
import { loadKernelModules, loadStrictReedSolomon } from '../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../src-main/payload/kernels.ts'
import { Md5Stream, updateMd5 } from '../../src-main/payload/md5-streams.ts'
import { reedSolomon } from '../../src-main/payload/reed-solomon.ts'
import { createSharedSlab, kernelAreaBytes } from '../../src-main/payload/shared-memory.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

const slab = createSharedSlab(64 * 1024 * 1024)
const modules = loadKernelModules()
const kernels = openKernels(modules, slab, 0)
const { bytes } = slab
for (let at = kernelAreaBytes; at < bytes.byteLength; at += 65_536) randomFillSync(bytes, at, 65_536)

const objectBytes = 100 * 1024
const print = (text: string): void => { process.stdout.write(`${text}\n`) }

/** Best time of one call in µs. */
function measure(work: () => unknown, calls = 200): number {
  for (let i = 0; i < calls; i++) work()
  let best = Infinity
  for (let repeat = 0; repeat < 11; repeat++) {
    const start = performance.now()
    for (let i = 0; i < calls; i++) work()
    best = Math.min(best, ((performance.now() - start) * 1000) / calls)
  }
  return best
}

function row(name: string, microseconds: number, note = ''): void {
  print(`${name.padEnd(44)} ${microseconds.toFixed(1).padStart(8)} µs  ${note}`)
}

const slotBytes = 512 * 1024
const plainOf = (slot: number): { offset: number; length: number } => ({ offset: kernelAreaBytes + slot * slotBytes, length: objectBytes })
const shardLength = Math.ceil(sealedSize(objectBytes) / 2 / 64) * 64
const partKey = new Uint8Array(32).fill(7)
const streamNonce = new Uint8Array(12).fill(9)
const job = (slot: number, digests: EncodeStripe['digests']): EncodeStripe => ({
  bodyId: slot, first: true, last: true, digests, encryption: { partKey: partKey.slice(), streamNonce }, firstPackage: 0, plain: plainOf(slot), inPlace: false,
  shards: { dataShards: 2, parityShards: 2, shardLength, offset: kernelAreaBytes + slot * slotBytes + 128 * 1024 },
  hashesOffset: kernelAreaBytes + slot * slotBytes + 448 * 1024,
})

function stages(): void {
  const plain = bytes.subarray(plainOf(0).offset, plainOf(0).offset + objectBytes)
  const sealed = bytes.subarray(plainOf(1).offset, plainOf(1).offset + sealedSize(objectBytes))
  const run = { key: GcmKey.copyOf(partKey), streamNonce, firstPackage: 0, last: true }
  const md5 = (count: number): number =>
    measure(() => { updateMd5(kernels, Array.from({ length: count }, (_, i) => ({ stream: new Md5Stream(), ...plainOf(i), last: true }))) }, 50) / count
  print('--- one stage over 100 KiB')
  row('md5, node:crypto', measure(() => createHash('md5').update(plain).digest()))
  for (const count of [1, 2, 3, 4, 6, 8]) row(`md5, kernel, ${count} bodies at once`, md5(count), 'per body')
  row('sha256', measure(() => createHash('sha256').update(plain).digest()))
  row('crc64nvme', measure(() => kernels.crc64nvme(0n, plainOf(0).offset, objectBytes)))
  row('crc32', measure(() => updateCrc32(0, plain)))
  row('crc32c', measure(() => updateCrc32c(0, plain)))
  row('seal', measure(() => sealPackages(run, plain, sealed)))
  row('open', measure(() => openPackages(run, sealed, plain)))
  const { shards } = job(0, [])
  row('encode 2+2', measure(() => { reedSolomon(2, 2).encode(kernels, shards.offset, shardLength, shardLength) }))
  row('four shard hashes', measure(() => { for (let i = 0; i < 4; i++) blake3(bytes.subarray(shards.offset + i * shardLength, shards.offset + (i + 1) * shardLength)) }))
}

function wholeTrips(): void {
  print('--- whole encode trip, 100 KiB, 2+2, in this thread, per body')
  const jobs = new StripeJobs(kernels)
  const trip = (count: number, digests: EncodeStripe['digests']): number =>
    measure(() => {
      const started = Array.from({ length: count }, (_, i) => jobs.startEncode(job(i, digests)))
      updateMd5(kernels, started.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5])))
      for (const one of started) jobs.finishEncode(one)
    }, 50) / count
  row('md5 + sha256 + seal + encode + hashes, alone', trip(1, ['md5', 'sha256']))
  row('the same, four bodies', trip(4, ['md5', 'sha256']))
  row('the same, eight bodies', trip(8, ['md5', 'sha256']))
  row('md5 + crc64nvme, eight bodies', trip(8, ['md5', 'crc64nvme']))
  row('no digests', trip(1, []))
  const one = job(0, [])
  const all = { shards: one.shards, storedLength: sealedSize(objectBytes), firstPackage: 0, last: true, packages: { from: 0, to: 2 }, plainOffset: plainOf(0).offset, encryption: { partKey, streamNonce } }
  jobs.finishEncode(jobs.startEncode(one))
  row('decode, data shards there', measure(() => jobs.decode({ ...all, present: [0, 1] })))
  row('decode, both data shards rebuilt', measure(() => jobs.decode({ ...all, present: [2, 3] })))
}

function erasureCode(): void {
  print('--- erasure code, 1 MiB of data, GB/s of data')
  const builds = { 'as loaded': kernels, 'strict swizzle': openKernels({ ...modules, 'reed-solomon': loadStrictReedSolomon() }, slab, 1) }
  for (const [name, build] of Object.entries(builds)) {
    const rates = [[2, 2], [4, 2], [12, 4], [3, 1]].map(([k = 2, m = 2]) => {
      const length = Math.floor((1024 * 1024) / k / 64) * 64
      const time = measure(() => { reedSolomon(k, m).encode(build, kernelAreaBytes, length, length) }, 50)
      return `${k}+${m}: ${((k * length) / time / 1000).toFixed(1)}`
    })
    print(`${name.padEnd(16)} ${rates.join('   ')}`)
  }
}

async function throughThreads(): Promise<void> {
  print('--- through one codec thread, 100 KiB, 2+2, md5 + sha256, wall time per body')
  const pool = await openCodecPool({ slab, threads: 1 })
  for (const inFlight of [1, 4, 16, 64]) {
    const total = 3000
    let begun = 0
    let bodyId = 0
    const lane = async (slot: number): Promise<void> => {
      while (begun++ < total) await pool.encodeStripe({ ...job(slot, ['md5', 'sha256']), bodyId: ++bodyId })
    }
    await Promise.all(Array.from({ length: inFlight }, (_, slot) => lane(slot)))
    begun = 0
    const before = process.cpuUsage()
    const start = performance.now()
    await Promise.all(Array.from({ length: inFlight }, (_, slot) => lane(slot)))
    const wallMs = performance.now() - start
    const cpu = process.cpuUsage(before)
    row(`${inFlight} in flight`, (wallMs * 1000) / total, `CPU of all threads ${((cpu.user + cpu.system) / total).toFixed(0)} µs`)
  }
  await pool.close()
}

/** Stripes of large bodies, each body's one after the other. */
async function largeBodies(): Promise<void> {
  print('--- large bodies through one codec thread, stripes of 1 MiB, 2+2, sealed')
  const pool = await openCodecPool({ slab, threads: 1 })
  const stripeBytes = 1024 * 1024
  const slot = 4 * stripeBytes
  const shards = { dataShards: 2, parityShards: 2, shardLength: Math.ceil(sealedSize(stripeBytes) / 128) * 64 }
  const body = async (index: number, stripes: number, digests: EncodeStripe['digests']): Promise<void> => {
    const at = kernelAreaBytes + index * slot
    for (let i = 0; i < stripes; i++) {
      const place = { plain: { offset: at, length: stripeBytes }, shards: { ...shards, offset: at + stripeBytes }, hashesOffset: at + slot - 4096 }
      const encryption = { partKey: partKey.slice(), streamNonce }
      await pool.encodeStripe({ bodyId: index, first: i === 0, last: i === stripes - 1, digests, encryption, firstPackage: i * 16, inPlace: false, ...place })
    }
  }
  for (const digests of [['md5'], ['md5', 'sha256'], []] as const) {
    for (const bodies of [1, 4, 8]) {
      const stripes = Math.ceil(256 / bodies)
      await Promise.all(Array.from({ length: bodies }, (_, i) => body(i, 20, digests)))
      const start = performance.now()
      await Promise.all(Array.from({ length: bodies }, (_, i) => body(i, stripes, digests)))
      const rate = (bodies * stripes * stripeBytes) / ((performance.now() - start) * 1e6)
      print(`${`${bodies} bodies, ${digests.join(' + ') || 'no digests'}`.padEnd(44)} ${rate.toFixed(2).padStart(8)} GB/s`)
    }
  }
  await pool.close()
}

stages()
wholeTrips()
erasureCode()
await throughThreads()
await largeBodies()
