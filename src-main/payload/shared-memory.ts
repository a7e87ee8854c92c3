// The one data plane: a slab of shared WebAssembly memory, given out in ranges. Sockets, hashes, cipher, erasure code, writev and
// pread all work on views of it. Waiting for room is bounded; ranges are multiples of 4 KiB in powers of two (buddies).
import { assert } from '../base/assert.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import { TaggedError } from '../base/tagged-error.ts'
import type { SharedRange } from './codec-protocol.ts'

export type SharedMemoryFault = 'too-large' | 'queue-full' | 'cancelled'
export class SharedMemoryError extends TaggedError<SharedMemoryFault> {}

const pageSizeBytes = 65_536
const unitSizeBytes = 4096
/** The first part belongs to the kernels: constant tables, and the scratch of each codec thread (kernel-layout.ts). */
export const kernelAreaBytes = 4 * 1024 * 1024

export interface SharedSlab {
  readonly memory: WebAssembly.Memory
  /** The whole memory as bytes; also in worker threads. */
  readonly bytes: Uint8Array
}

export function createSharedSlab(sizeBytes: number): SharedSlab {
  const pages = Math.ceil((sizeBytes + kernelAreaBytes) / pageSizeBytes)
  assert(pages <= 65_536, 'a slab has at most 4 GiB')
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  return { memory, bytes: new Uint8Array(memory.buffer) }
}

interface Waiter {
  readonly order: number
  readonly resolve: (range: SharedRange) => void
}

/** Gives out ranges of a slab; lives on the coordinating thread only. */
export class SlotPool {
  readonly bytes: Uint8Array
  readonly #free: number[][]
  readonly #topOrder: number
  readonly #waitersMax: number
  /** Order of each range that was given out, by offset: a range given back twice would be given out twice. */
  readonly #taken = new Map<number, number>()
  #waiters: Waiter[] = []
  #bytesInUse = 0

  constructor(slab: SharedSlab, waitersMax: number) {
    this.bytes = slab.bytes
    this.#waitersMax = waitersMax
    const units = Math.floor((slab.bytes.byteLength - kernelAreaBytes) / unitSizeBytes)
    assert(units >= 1, 'a slab without room')
    this.#topOrder = 31 - Math.clz32(units)
    this.#free = Array.from({ length: this.#topOrder + 1 }, () => [])
    let offset = kernelAreaBytes
    let left = units
    for (let order = this.#topOrder; order >= 0; order--) {
      if (left < 1 << order) continue
      this.#free[order]?.push(offset)
      offset += sizeOf(order)
      left -= 1 << order
    }
  }

  get bytesInUse(): number {
    return this.#bytesInUse
  }

  get waiting(): number {
    return this.#waiters.length
  }

  view(range: SharedRange): Uint8Array {
    return this.bytes.subarray(range.offset, range.offset + range.length)
  }

  /** At once, or undefined when there is no room now or others wait. */
  tryTake(length: number): SharedRange | undefined {
    const order = orderOf(length)
    if (this.#waiters.length > 0 || order > this.#topOrder) return undefined
    return this.#takeOrder(order, length)
  }

  /** In order of asking; a waiter whose `signal` is aborted leaves the queue. Faults: too-large (never fits), queue-full, cancelled. */
  take(length: number, signal?: CancelSignal): SharedRange | Promise<SharedRange> {
    const order = orderOf(length)
    if (order > this.#topOrder) throw new SharedMemoryError('too-large', `no slot of ${length} bytes`)
    const range = this.tryTake(length)
    if (range !== undefined) return range
    if (this.#waiters.length >= this.#waitersMax) throw new SharedMemoryError('queue-full', 'too many requests wait for memory')
    if (signal?.aborted === true) throw new SharedMemoryError('cancelled', 'given up before there was room')
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiters.indexOf(waiter)
        if (at < 0) return
        this.#waiters.splice(at, 1)
        reject(new SharedMemoryError('cancelled', 'given up while waiting for room'))
        this.#serveWaiters()
      }
      const waiter: Waiter = {
        order,
        resolve: (given) => {
          signal?.removeEventListener('abort', leave)
          resolve({ offset: given.offset, length })
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
    })
  }

  /** Exactly once per range taken. */
  give(range: SharedRange): void {
    let order = orderOf(range.length)
    assert(this.#taken.get(range.offset) === order, 'a range given back that is not taken')
    this.#taken.delete(range.offset)
    this.#bytesInUse -= sizeOf(order)
    let offset = range.offset
    for (; order < this.#topOrder; order++) {
      const buddy = buddyOf(offset, order)
      const list = this.#free[order]
      const at = list?.indexOf(buddy) ?? -1
      if (list === undefined || at < 0) break
      list[at] = list[list.length - 1] as number
      list.pop()
      offset = Math.min(offset, buddy)
    }
    this.#free[order]?.push(offset)
    this.#serveWaiters()
  }

  #serveWaiters(): void {
    while (this.#waiters.length > 0) {
      const waiter = this.#waiters[0] as Waiter
      const range = this.#takeOrder(waiter.order, sizeOf(waiter.order))
      if (range === undefined) return
      this.#waiters.shift()
      waiter.resolve(range)
    }
  }

  #takeOrder(order: number, length: number): SharedRange | undefined {
    let from = order
    while (from <= this.#topOrder && this.#free[from]?.length === 0) from++
    if (from > this.#topOrder) return undefined
    const offset = this.#free[from]?.pop() as number
    while (from > order) {
      from--
      this.#free[from]?.push(offset + sizeOf(from))
    }
    this.#taken.set(offset, order)
    this.#bytesInUse += sizeOf(order)
    return { offset, length }
  }
}

/** Smallest power of two of units that holds `length` bytes. */
function orderOf(length: number): number {
  const units = Math.max(1, Math.ceil(length / unitSizeBytes))
  return 32 - Math.clz32(units - 1)
}

function sizeOf(order: number): number {
  return unitSizeBytes * 2 ** order
}

/** The other half of the block of the next order. Reckoned in units: offsets may exceed what bit operations hold. */
function buddyOf(offset: number, order: number): number {
  const unit = (offset - kernelAreaBytes) / unitSizeBytes
  return (unit ^ (1 << order)) * unitSizeBytes + kernelAreaBytes
}
