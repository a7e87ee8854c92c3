// Calls between threads: numbered, with a deadline, bounded in flight, batched per turn of the loop and while the thread is busy (a hop
// costs about 65 µs of latency and 5 to 7 µs of CPU, so never one per small piece). The kind of an error survives the crossing.
// The only file that uses postMessage and the only one that opens workers.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads'
import { assert } from './assert.ts'
import type { MaybePromise } from './byte-stream.ts'
import { PlaceList } from './place-list.ts'
import { TaggedError, type FaultDetails } from './tagged-error.ts'

/** What a worker can be asked: one method per call, plain cloneable data in and out. */
export type WorkerCalls<Calls> = { readonly [Name in keyof Calls]: (input: never) => unknown }
type InputOf<Method> = Method extends (input: infer Input) => unknown ? Input : never
type OutputOf<Method> = Method extends (input: never) => infer Output ? Awaited<Output> : never

export type WorkerFault = 'timeout' | 'worker-gone' | 'too-many-calls' | 'worker-bug'

/** The worker itself failed; a refusal by the worker's domain arrives as `RemoteFault` instead. */
export class WorkerError extends TaggedError<WorkerFault> {}

/** A TaggedError thrown inside the worker: same fault, message and details. The client of the worker maps it to its own error. */
export class RemoteFault extends TaggedError<string> {}

interface WireCall {
  readonly id: number
  readonly method: string
  readonly input: unknown
}
interface WireReply {
  readonly id: number
  readonly output?: unknown
  readonly error?: WireError
}
interface WireError {
  readonly tagged: boolean
  readonly fault: string
  readonly message: string
  readonly details: FaultDetails
}

export interface WorkerClient<Calls extends WorkerCalls<Calls>> {
  /** Rejects with WorkerError or RemoteFault. `timeoutMs` overrides the client's. */
  call<Name extends keyof Calls & string>(method: Name, input: InputOf<Calls[Name]>, timeoutMs?: number): Promise<OutputOf<Calls[Name]>>
  readonly callsInFlight: number
  /** Ends the thread; open calls reject with worker-gone. */
  close(): Promise<void>
}

export interface WorkerClientOptions<Calls extends WorkerCalls<Calls>> {
  readonly timeoutMs: number
  readonly callsInFlightMax: number
  /** A call of this kind leaves at once, with all that wait, when so many of them are company enough; 1: it never waits. */
  readonly enoughCompany?: { readonly [Name in keyof Calls]?: number }
  /** Called once when the thread ends without `close`. */
  readonly onGone?: (error: WorkerError) => void
}

interface Pending {
  id: number
  readonly resolve: (output: never) => void
  readonly reject: (error: Error) => void
  readonly deadlineMs: number
  readonly method: string
}

/** A call's number holds its place among those in flight; a late answer never meets the next call there. */
const placesMax = 65_536

/** A wake-up costs more than most calls: those that come while the thread is busy wait this long for company. */
const holdMs = 1

/** Where the code of the worker called `name` is: beside the sources in development and tests, beside the bundle when built. */
function workerEntry(name: string, sourcePath: string): URL {
  if (import.meta.url.endsWith('.ts')) return new URL(`../${sourcePath}`, import.meta.url)
  const beside = new URL(`./${name}.js`, import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL(`../${name}.js`, import.meta.url)
}

/**
 * Starts a thread. `name` is its entry in electron.vite.config.ts, `sourcePath` its file below src-main.
 * `workerData` must be cloneable; shared WebAssembly memory is.
 */
export function openWorker(name: string, sourcePath: string, workerData: unknown, transferList: readonly Transferable[] = []): Worker {
  return new Worker(workerEntry(name, sourcePath), { workerData, name, transferList: [...transferList], stderr: false })
}

export function connectWorker<Calls extends WorkerCalls<Calls>>(worker: Worker, options: WorkerClientOptions<Calls>): WorkerClient<Calls> {
  assert(options.callsInFlightMax <= placesMax, 'calls in flight are bounded')
  const pending = new PlaceList<Pending>()
  let generation = 0
  let outbox: WireCall[] = []
  /** Calls the thread has and did not answer yet. */
  let outstanding = 0
  let holdTimer: NodeJS.Timeout | undefined
  let gone: WorkerError | undefined
  let closing = false

  const fail = (error: WorkerError): void => {
    if (gone !== undefined) return
    gone = error
    clearInterval(sweep)
    clearTimeout(holdTimer)
    pending.forEach((call) => { call.reject(error) })
    pending.clear()
    if (!closing) options.onGone?.(error)
  }
  const sweep = setInterval(() => {
    const now = performance.now()
    pending.forEach((call, place) => {
      if (call.deadlineMs > now) return
      pending.remove(place)
      call.reject(new WorkerError('timeout', `no answer to ${call.method} within its deadline`))
    })
  }, 250)
  sweep.unref()

  worker.on('message', (replies: readonly WireReply[]) => {
    outstanding -= replies.length
    if (outbox.length > 0) setImmediate(flush)
    for (const reply of replies) {
      const place = reply.id % placesMax
      const call = pending.at(place)
      if (call?.id !== reply.id) continue
      pending.remove(place)
      if (reply.error === undefined) call.resolve(reply.output as never)
      else call.reject(fromWireError(reply.error))
    }
  })
  worker.on('error', (error) => {
    fail(new WorkerError('worker-gone', 'worker thread failed', {}, error))
  })
  worker.on('exit', (code) => {
    fail(new WorkerError('worker-gone', 'worker thread ended', { code }))
  })

  const flush = (): void => {
    clearTimeout(holdTimer)
    holdTimer = undefined
    const calls = outbox
    outbox = []
    if (gone !== undefined || calls.length === 0) return
    outstanding += calls.length
    worker.postMessage(calls)
  }
  /** A thread at work is not disturbed: what comes meanwhile goes with its next answer, or after `holdMs` when that takes longer. */
  const flushWhenFree = (): void => {
    if (outbox.length === 0) return
    if (outstanding === 0) flush()
    else holdTimer ??= setTimeout(flush, holdMs)
  }

  return {
    get callsInFlight() {
      return pending.count
    },
    call(method, input, timeoutMs = options.timeoutMs) {
      if (gone !== undefined) return Promise.reject(gone)
      if (pending.count >= options.callsInFlightMax) {
        return Promise.reject(new WorkerError('too-many-calls', `more than ${options.callsInFlightMax} calls in flight`))
      }
      return new Promise((resolve, reject) => {
        const call: Pending = { id: 0, resolve, reject, deadlineMs: performance.now() + timeoutMs, method }
        call.id = pending.add(call) + placesMax * generation++
        outbox.push({ id: call.id, method, input })
        if (outbox.length >= (options.enoughCompany?.[method] ?? Infinity)) flush()
        else if (outbox.length === 1) setImmediate(flushWhenFree)
      })
    },
    async close() {
      closing = true
      fail(new WorkerError('worker-gone', 'worker closed'))
      await worker.terminate()
    },
  }
}

export type WorkerHandlers<Calls extends WorkerCalls<Calls>> = {
  readonly [Name in keyof Calls]: (input: InputOf<Calls[Name]>) => MaybePromise<OutputOf<Calls[Name]>>
}

/**
 * Serves calls on `port`. All messages that wait are taken at once; `afterBatch` runs when every call of them has been started,
 * so that a worker may group them. Answers that are ready together leave together.
 */
export function serveWorker<Calls extends WorkerCalls<Calls>>(port: MessagePort, handlers: WorkerHandlers<Calls>, afterBatch?: () => void): void {
  let outbox: WireReply[] = []
  let flushQueued = false
  const flush = (): void => {
    flushQueued = false
    if (outbox.length === 0) return
    const replies = outbox
    outbox = []
    port.postMessage(replies)
  }
  const answer = (reply: WireReply): void => {
    outbox.push(reply)
    if (flushQueued) return
    flushQueued = true
    setImmediate(flush)
  }
  const run = (call: WireCall): void => {
    try {
      const handler = handlers[call.method as keyof Calls] as (input: unknown) => MaybePromise<unknown>
      const output = handler(call.input)
      if (output instanceof Promise) {
        output.then(
          (value) => { answer({ id: call.id, output: value }) },
          (error: unknown) => { answer({ id: call.id, error: toWireError(error) }) },
        )
      } else outbox.push({ id: call.id, output })
    } catch (error) {
      outbox.push({ id: call.id, error: toWireError(error) })
    }
  }
  port.on('message', (first: readonly WireCall[]) => {
    for (const call of first) run(call)
    for (;;) {
      const more = receiveMessageOnPort(port) as { message: readonly WireCall[] } | undefined
      if (more === undefined) break
      for (const call of more.message) run(call)
    }
    afterBatch?.()
    flush()
  })
}

function toWireError(error: unknown): WireError {
  if (error instanceof TaggedError) return { tagged: true, fault: String(error.fault), message: error.message, details: error.details }
  return { tagged: false, fault: 'worker-bug', message: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error), details: {} }
}

function fromWireError(error: WireError): Error {
  return error.tagged ? new RemoteFault(error.fault, error.message, error.details) : new WorkerError('worker-bug', error.message)
}
