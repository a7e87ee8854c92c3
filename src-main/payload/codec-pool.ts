// The codec on threads. The stripes of a body go to one thread, which keeps its digests; otherwise the least loaded one is taken. A thread
// that ends, or does not answer in time, takes its jobs with it (codec-gone) and is replaced once; a replacement that fails at its start is not.
import type { Worker } from 'node:worker_threads'
import { RemoteFault, WorkerError, connectWorker, openWorker, type WorkerClient } from '../base/worker-rpc.ts'
import { assert, assertNever } from '../base/assert.ts'
import { CodecError, type Codec } from './codec.ts'
import { packDecode, packEncode, unpackDigests, wipePacked, type PackedCodecCalls } from './codec-packing.ts'
import type { DecodeStripe, EncodeStripe, RebuildShards, StripeEncoded } from './codec-protocol.ts'
import type { CodecWorkerData } from './codec-worker.ts'
import { loadKernelModules, type KernelModules } from './kernel-files.ts'
import { codecThreadsMax, md5LanesMax } from './kernel-layout.ts'
import type { SharedSlab } from './shared-memory.ts'

/** A stripe takes milliseconds; a thread that is silent this long is stuck. */
const callTimeoutMs = 30_000
const callsInFlightPerThreadMax = 1024
/** What a call costs beside its bytes, in bytes of work. */
const callOverheadBytes = 8192
const remoteFaults = ['not-authentic', 'self-test-failed', 'busy'] as const

export interface CodecPoolOptions {
  readonly slab: SharedSlab
  /** 1 to 63. */
  readonly threads: number
  /** For tests: other kernels, a shorter deadline. */
  readonly modules?: KernelModules
  readonly timeoutMs?: number
  /** Told of every thread as it starts. For tests. */
  readonly onThread?: (worker: Worker) => void
}

/** Starts the threads and waits for their self-tests. Faults: self-test-failed, codec-gone. */
export async function openCodecPool(options: CodecPoolOptions): Promise<Codec> {
  assert(Number.isInteger(options.threads) && options.threads >= 1 && options.threads <= codecThreadsMax, 'number of codec threads out of range')
  const pool = new CodecPool(options)
  try {
    await pool.prepare()
  } catch (error) {
    await pool.close()
    throw error
  }
  return pool
}

interface Thread {
  readonly index: number
  worker: Worker
  client: WorkerClient<PackedCodecCalls>
  /** Settles when the thread has really ended: until then it may still write into its callers' memory. */
  ended: Promise<void>
  /** Ends it; the first call counts. */
  end: () => Promise<void>
  /** Goes up with every replacement: a body begun in an earlier one is lost. */
  incarnation: number
  /** Bytes of calls in flight. */
  load: number
  state: 'starting' | 'serving' | 'gone'
  /** Settles, never rejects, when it serves or is gone for good. */
  started: Promise<void>
}

interface BodyHome {
  readonly thread: Thread
  readonly incarnation: number
}

class CodecPool implements Codec {
  readonly #options: CodecPoolOptions
  readonly #threads: readonly Thread[]
  readonly #homes = new Map<number, BodyHome>()
  #closed = false
  #firstFault: Error | undefined

  constructor(options: CodecPoolOptions) {
    this.#options = options
    this.#threads = Array.from({ length: options.threads }, (_, index) => this.#start(index))
  }

  /** Rejects when any thread failed at its first start. */
  async prepare(): Promise<void> {
    for (const thread of this.#threads) await thread.started
    if (this.#firstFault !== undefined) throw this.#firstFault
  }

  async encodeStripe(input: EncodeStripe): Promise<StripeEncoded> {
    const thread = input.first ? (this.#leastLoaded() ?? (await this.#anyStarting())) : this.#homeOf(input.bodyId)
    if (input.first && !input.last) this.#homes.set(input.bodyId, { thread, incarnation: thread.incarnation })
    try {
      const packed = packEncode(input)
      const digests = await this.#run(thread, input.plain.length, (client, timeoutMs) => client.call('encodeStripe', packed, timeoutMs)).finally(() => { wipePacked(packed) })
      const encoded = { digests: unpackDigests(digests) }
      if (input.last) this.#homes.delete(input.bodyId)
      return encoded
    } catch (error) {
      this.forgetBody(input.bodyId)
      throw error
    }
  }

  async decodeStripe(input: DecodeStripe): Promise<{ readonly plainLength: number }> {
    const thread = this.#leastLoaded() ?? (await this.#anyStarting())
    const packed = packDecode(input)
    const plainLength = await this.#run(thread, input.storedLength, (client, timeoutMs) => client.call('decodeStripe', packed, timeoutMs)).finally(() => { wipePacked(packed) })
    return { plainLength }
  }

  async rebuildShards(input: RebuildShards): Promise<void> {
    const thread = this.#leastLoaded() ?? (await this.#anyStarting())
    const bytes = input.shards.dataShards * input.shards.shardLength
    return this.#run(thread, bytes, (client, timeoutMs) => client.call('rebuildShards', input, timeoutMs))
  }

  forgetBody(bodyId: number): void {
    const home = this.#homes.get(bodyId)
    this.#homes.delete(bodyId)
    if (home === undefined || home.thread.state !== 'serving' || home.thread.incarnation !== home.incarnation) return
    home.thread.client.call('forgetBody', { bodyId }).catch(() => {
      // The thread is gone and the state with it, or it is full and the state stays until the thread ends (bounded there).
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }

  #start(index: number): Thread {
    const thread: Thread = { index, ...this.#open(index), incarnation: 0, load: 0, state: 'starting', started: Promise.resolve() }
    thread.started = this.#prepareThread(thread)
    return thread
  }

  #open(index: number): Pick<Thread, 'worker' | 'client' | 'ended' | 'end'> {
    const data: CodecWorkerData = { memory: this.#options.slab.memory, modules: this.#options.modules ?? loadKernelModules(), threadIndex: index }
    const worker = openWorker('codec-worker', 'payload/codec-worker.ts', data)
    const ended = new Promise<void>((resolve) => { worker.once('exit', () => { resolve() }) })
    const client = connectWorker<PackedCodecCalls>(worker, {
      timeoutMs: callTimeoutMs,
      callsInFlightMax: callsInFlightPerThreadMax,
      enoughCompany: { encodeStripe: md5LanesMax },
      onGone: () => { this.#replace(index, worker) },
    })
    this.#options.onThread?.(worker)
    let ending: Promise<void> | undefined
    return { worker, client, ended, end: () => (ending ??= client.close()) }
  }

  async #prepareThread(thread: Thread): Promise<void> {
    const { worker, client } = thread
    try {
      await client.call('prepare', {})
      if (thread.worker === worker && thread.state === 'starting') thread.state = 'serving'
    } catch (error) {
      thread.state = 'gone'
      this.#firstFault ??= toCodecError(error)
      await thread.end()
    }
  }

  /** Only a thread that served is replaced: one that fails at its start would fail again. */
  #replace(index: number, worker: Worker): void {
    const thread = this.#threads[index]
    if (this.#closed || thread === undefined || thread.worker !== worker || thread.state !== 'serving') return
    thread.state = 'starting'
    thread.started = thread.ended.then(() => {
      if (this.#closed) return
      Object.assign(thread, this.#open(index))
      thread.incarnation++
      thread.load = 0
      return this.#prepareThread(thread)
    })
  }

  async #run<Output>(thread: Thread, bytes: number, call: (client: WorkerClient<PackedCodecCalls>, timeoutMs: number) => Promise<Output>): Promise<Output> {
    const { worker, client, ended, end, incarnation } = thread
    const load = bytes + callOverheadBytes
    thread.load += load
    try {
      return await call(client, this.#options.timeoutMs ?? callTimeoutMs)
    } catch (error) {
      if (error instanceof WorkerError && error.fault === 'timeout') {
        this.#replace(thread.index, worker)
        await end()
      }
      if (error instanceof WorkerError && (error.fault === 'timeout' || error.fault === 'worker-gone')) await ended
      throw toCodecError(error)
    } finally {
      if (thread.incarnation === incarnation) thread.load -= load
    }
  }

  #homeOf(bodyId: number): Thread {
    const home = this.#homes.get(bodyId)
    if (home === undefined || home.thread.state !== 'serving' || home.thread.incarnation !== home.incarnation) {
      this.#homes.delete(bodyId)
      throw new CodecError('codec-gone', 'the thread that held the digests of this body ended')
    }
    return home.thread
  }

  #leastLoaded(): Thread | undefined {
    let best: Thread | undefined
    for (const thread of this.#threads) {
      if (thread.state === 'serving' && (best === undefined || thread.load < best.load)) best = thread
    }
    return best
  }

  /** Every thread is being replaced: the first of them that comes back. Faults: codec-gone. */
  async #anyStarting(): Promise<Thread> {
    for (const thread of this.#threads) {
      if (thread.state === 'starting' && !this.#closed) await thread.started
      if (thread.state === 'serving' && !this.#closed) return thread
    }
    throw new CodecError('codec-gone', 'no codec thread is left')
  }
}

/** A bug in the thread travels untouched. */
function toCodecError(error: unknown): Error {
  if (error instanceof RemoteFault) {
    const fault = remoteFaults.find((known) => known === error.fault)
    return fault === undefined ? error : new CodecError(fault, error.message, error.details, error)
  }
  if (!(error instanceof WorkerError)) return error instanceof Error ? error : new Error(String(error))
  switch (error.fault) {
    case 'timeout':
    case 'worker-gone':
      return new CodecError('codec-gone', 'the codec thread ended', {}, error)
    case 'too-many-calls':
      return new CodecError('busy', 'too many stripes wait for the codec', {}, error)
    case 'worker-bug':
      return error
    default:
      return assertNever(error.fault)
  }
}
