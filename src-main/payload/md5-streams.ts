// MD5 of many bodies at once. The state of a body is kept between its stripes, so that streams of different lengths share the SIMD lanes
// for as long as several have blocks left: one call does eight streams in 1.5 times the time of one. The last one left goes on alone.
import { assert } from '../base/assert.ts'
import { md5LanesMax, md5StagingBytes } from './kernel-layout.ts'
import type { Kernels } from './kernels.ts'

const blockBytes = 64
/** 64 KiB: as much as stands in one piece where there are gaps. */
const runBlocks = 1024

/** One body's digest on its way (RFC 1321). */
export class Md5Stream {
  readonly state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  /** Bytes that do not yet fill a block. */
  readonly carry = new Uint8Array(blockBytes)
  carryLength = 0
  totalBytes = 0

  /** The digest, after the work marked `last` was done. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(16)
    const view = new DataView(bytes.buffer)
    this.state.forEach((word, i) => { view.setUint32(i * 4, word, true) })
    return bytes
  }
}

export interface Md5Work {
  readonly stream: Md5Stream
  readonly offset: number
  readonly length: number
  /** Bytes left out behind every 64 KiB, of a body that begins with this work. */
  readonly gap?: number
  /** The body ends here: padding follows. */
  readonly last: boolean
}

interface Lane {
  readonly stream: Md5Stream
  /** Addresses and counts of blocks still to do, in order. */
  readonly from: number[]
  readonly blocks: number[]
  at: number
}

/** Does all of the work; no stream may be named twice. */
export function updateMd5(kernels: Kernels, works: readonly Md5Work[]): void {
  const freeStaging = Array.from({ length: md5LanesMax }, (_, i) => kernels.scratch.md5Staging + i * md5StagingBytes)
  let lanes: (Lane & { readonly staging: number })[] = []
  let next = 0
  for (;;) {
    while (lanes.length < md5LanesMax && next < works.length) {
      const staging = freeStaging.pop()
      const work = works[next++]
      assert(staging !== undefined && work !== undefined, 'more lanes than staging')
      lanes.push({ ...planLane(kernels, work, staging), staging })
    }
    const busy = lanes.filter((lane) => lane.at < lane.from.length)
    for (const lane of lanes) if (lane.at >= lane.from.length) freeStaging.push(lane.staging)
    const gaveUpLanes = busy.length < lanes.length
    lanes = busy
    if (gaveUpLanes && next < works.length) continue
    if (lanes.length === 0) return
    advance(kernels, lanes)
  }
}

/** Cuts one piece of work into runs of whole blocks: carry filled up, the body itself, and at the end the padding. */
function planLane(kernels: Kernels, work: Md5Work, staging: number): Lane {
  const { bytes } = kernels
  const { stream } = work
  const lane: Lane = { stream, from: [], blocks: [], at: 0 }
  let from = work.offset
  let left = work.length
  stream.totalBytes += left
  if (stream.carryLength > 0) {
    const taken = Math.min(blockBytes - stream.carryLength, left)
    stream.carry.set(bytes.subarray(from, from + taken), stream.carryLength)
    stream.carryLength += taken
    from += taken
    left -= taken
    if (stream.carryLength === blockBytes) {
      bytes.set(stream.carry, staging)
      addRun(lane, staging, 1)
      stream.carryLength = 0
    }
  }
  const whole = Math.floor(left / blockBytes)
  const gap = work.gap ?? 0
  addRuns(lane, from, whole, gap)
  from += whole * blockBytes + gap * Math.floor(whole / runBlocks)
  left -= whole * blockBytes
  if (left > 0) {
    stream.carry.set(bytes.subarray(from, from + left))
    stream.carryLength = left
  }
  if (work.last) addRun(lane, staging + blockBytes, putPadding(bytes, stream, staging + blockBytes))
  return lane
}

function addRuns(lane: Lane, from: number, blocks: number, gap: number): void {
  if (gap === 0) addRun(lane, from, blocks)
  else for (let done = 0; done < blocks; done += runBlocks) addRun(lane, from + (done / runBlocks) * (runBlocks * blockBytes + gap), Math.min(runBlocks, blocks - done))
}

function addRun(lane: Lane, from: number, blocks: number): void {
  if (blocks === 0) return
  lane.from.push(from)
  lane.blocks.push(blocks)
}

/** Bytes carried, 0x80, zeros, length in bits (RFC 1321 §3.1, §3.2); one or two blocks. */
function putPadding(bytes: Uint8Array, stream: Md5Stream, at: number): number {
  const blocks = stream.carryLength < 56 ? 1 : 2
  const padding = new Uint8Array(blocks * blockBytes)
  padding.set(stream.carry.subarray(0, stream.carryLength))
  padding[stream.carryLength] = 0x80
  new DataView(padding.buffer).setBigUint64(blocks * blockBytes - 8, BigInt(stream.totalBytes) * 8n, true)
  bytes.set(padding, at)
  return blocks
}

/** One call of a kernel: as many blocks as every busy lane has left in its run. A kernel's idle lanes repeat the first one's input. */
function advance(kernels: Kernels, lanes: readonly Lane[]): void {
  let blocks = Infinity
  for (const lane of lanes) blocks = Math.min(blocks, lane.blocks[lane.at] ?? 0)
  const { md5States, md5Pointers } = kernels.scratch
  const laneCount = lanes.length === 1 ? 1 : lanes.length <= 4 ? 4 : 8
  if (laneCount === 1) advanceAlone(kernels, lanes[0], blocks)
  else {
    const { words } = kernels
    for (let i = 0; i < laneCount; i++) {
      const lane = lanes[i] ?? lanes[0]
      assert(lane !== undefined, 'no lane')
      words[md5Pointers / 4 + i] = lane.from[lane.at] ?? 0
      const base = md5States / 4 + (i >> 2) * 16 + (i & 3)
      for (let word = 0; word < 4; word++) words[base + word * 4] = lane.stream.state[word] ?? 0
    }
    if (laneCount === 4) kernels.md5Four(md5States, md5Pointers, blocks)
    else kernels.md5Eight(md5States, md5Pointers, blocks)
    lanes.forEach((lane, i) => {
      const base = md5States / 4 + (i >> 2) * 16 + (i & 3)
      for (let word = 0; word < 4; word++) lane.stream.state[word] = words[base + word * 4] ?? 0
    })
  }
  for (const lane of lanes) consume(lane, blocks)
}

function advanceAlone(kernels: Kernels, lane: Lane | undefined, blocks: number): void {
  assert(lane !== undefined, 'no lane')
  const { words, scratch } = kernels
  words.set(lane.stream.state, scratch.md5States / 4)
  kernels.md5One(scratch.md5States, lane.from[lane.at] ?? 0, blocks)
  lane.stream.state.set(words.subarray(scratch.md5States / 4, scratch.md5States / 4 + 4))
}

function consume(lane: Lane, blocks: number): void {
  const left = (lane.blocks[lane.at] ?? 0) - blocks
  if (left === 0) {
    lane.at++
    return
  }
  lane.blocks[lane.at] = left
  lane.from[lane.at] = (lane.from[lane.at] ?? 0) + blocks * blockBytes
}
