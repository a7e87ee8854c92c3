// The jobs that wait in a codec thread, done in order of arrival. Encode jobs are taken in groups, so that their MD5 runs side by side in the
// SIMD lanes; answers leave between groups, so that the first of many does not wait for the last. Bounded by the client's calls in flight.
import { BoundedQueue } from '../base/bounded-queue.ts'
import type { StartedEncode, StripeJobs } from './codec-jobs.ts'
import type { EncodeStripe, StripeEncoded } from './codec-protocol.ts'
import { md5LanesMax } from './kernel-layout.ts'
import { updateMd5 } from './md5-streams.ts'

export const waitingJobsMax = 4096
/** A group ends when all lanes are taken and it is worth a turn of the loop, or at its largest. */
const groupBytesMin = 256 * 1024
const groupJobsMax = 32
/** Answers leave when this much was finished. */
const turnBytes = 1024 * 1024

interface Job {
  /** Undefined for jobs that need no MD5 lane: they are done by `run`. */
  readonly encode: EncodeStripe | undefined
  readonly bytes: number
  readonly run: () => unknown
  readonly resolve: (output: never) => void
  readonly reject: (error: unknown) => void
  started: StartedEncode | undefined
}

export class JobQueue {
  readonly #jobs: StripeJobs
  readonly #waiting = new BoundedQueue<Job>(waitingJobsMax)
  /** Taken from the queue, but not into the last group. */
  #next: Job | undefined
  #group: Job[] = []
  #groupAt = 0

  constructor(jobs: StripeJobs) {
    this.#jobs = jobs
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#next === undefined && this.#groupAt >= this.#group.length
  }

  encode(input: EncodeStripe): Promise<StripeEncoded> {
    return this.#add(input, input.plain.length, () => undefined)
  }

  /** Any other work, in its turn. `bytes` is roughly what it goes over. */
  other<Output>(bytes: number, run: () => Output): Promise<Output> {
    return this.#add(undefined, bytes, run)
  }

  /** Does a turn's worth of work. Call until `idle`, with room for other events between. */
  turn(): void {
    let bytesDone = 0
    while (bytesDone < turnBytes) {
      if (this.#groupAt >= this.#group.length && !this.#startGroup()) return
      const job = this.#group[this.#groupAt++]
      if (job === undefined) continue
      bytesDone += job.bytes
      this.#finish(job)
    }
  }

  #add<Output>(encode: EncodeStripe | undefined, bytes: number, run: () => unknown): Promise<Output> {
    return new Promise((resolve, reject) => {
      const taken = this.#waiting.push({ encode, bytes, run, resolve, reject, started: undefined })
      if (!taken) reject(new RangeError('too many jobs wait in a codec thread'))
    })
  }

  /** Takes the next group and does its MD5. False when nothing waits. */
  #startGroup(): boolean {
    this.#group = []
    this.#groupAt = 0
    const works = []
    const bodies = new Set<number>()
    let bytes = 0
    while (this.#group.length < groupJobsMax && (works.length < md5LanesMax || bytes < groupBytesMin)) {
      const next = this.#next ?? this.#waiting.shift()
      this.#next = undefined
      if (next === undefined) break
      if (next.encode !== undefined && bodies.has(next.encode.bodyId)) {
        this.#next = next
        break
      }
      this.#group.push(next)
      bytes += next.bytes
      if (next.encode === undefined) continue
      bodies.add(next.encode.bodyId)
      try {
        next.started = this.#jobs.startEncode(next.encode)
        if (next.started.md5 !== undefined) works.push(next.started.md5)
      } catch (error) {
        next.reject(error)
      }
    }
    updateMd5(this.#jobs.kernels, works)
    return this.#group.length > 0
  }

  #finish(job: Job): void {
    try {
      if (job.encode === undefined) job.resolve(job.run() as never)
      else if (job.started !== undefined) job.resolve(this.#jobs.finishEncode(job.started) as never)
    } catch (error) {
      job.reject(error)
    }
  }
}
