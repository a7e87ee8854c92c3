// How fast bytes go, over the last seconds: steady enough to read, quick enough to notice a stall.
const windowMs = 6000
const sampleEveryMs = 250

export interface RateMeter {
  /** `bytes` may shrink when a part is sent again; that counts as nothing. */
  note(nowMs: number, bytes: number): void
  /** Undefined: not known yet. */
  bytesPerSecond(nowMs: number): number | undefined
}

export function createRateMeter(): RateMeter {
  let samples: { readonly atMs: number; readonly bytes: number }[] = []
  return {
    note(nowMs, bytes) {
      const last = samples.at(-1)
      if (last !== undefined && nowMs - last.atMs < sampleEveryMs) return
      samples = [...samples.filter(({ atMs }) => nowMs - atMs <= windowMs), { atMs: nowMs, bytes }]
    },
    bytesPerSecond(nowMs) {
      const [first] = samples.filter(({ atMs }) => nowMs - atMs <= windowMs)
      const last = samples.at(-1)
      if (first === undefined || last === undefined || nowMs - first.atMs < 1000) return undefined
      return Math.max(0, ((last.bytes - first.bytes) * 1000) / (nowMs - first.atMs))
    },
  }
}
