// Numbers as people read them. The engine computes; here is only form. Sizes are decimal (1 TB = 10¹² bytes) and always labelled.
export const locale = 'en-GB'

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const
const significant = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const timeOfDay = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
const narrow = '\u202f'

/** `32.1 TB`. Not known: say so in words, never as 0. */
export function formatBytes(bytes: number): string {
  let unit = 0
  let value = bytes
  // 999.5 kB would round to 1,000 kB.
  while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? whole.format(value) : significant.format(value)}${narrow}${byteUnits[unit] ?? ''}`
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

export function formatCount(count: number): string {
  return whole.format(count)
}

/** Part of a whole, 0 to 1. Never rounds up to 100 % before the end. */
export function formatPart(part: number): string {
  const shown = part > 0.99 && part < 1 ? 0.99 : part
  return percent.format(Math.min(1, Math.max(0, shown)))
}

/** `1 drive`, `3 drives`. */
export function formatNumberOf(count: number, one: string, many: string): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}

const steps = [
  { seconds: 86_400, unit: 'd' },
  { seconds: 3600, unit: 'h' },
  { seconds: 60, unit: 'min' },
] as const

/** `40 s`, `12 min`, `3 h 20 min`, `12 d 4 h`: the two largest units that say something. */
export function formatDuration(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds))
  const at = steps.findIndex((step) => rounded >= step.seconds)
  const step = steps[at]
  if (step === undefined) return `${rounded}${narrow}s`
  const count = Math.floor(rounded / step.seconds)
  const smaller = steps[at + 1]
  const rest = smaller === undefined ? 0 : Math.floor((rounded - count * step.seconds) / smaller.seconds)
  const large = `${whole.format(count)}${narrow}${step.unit}`
  return smaller === undefined || rest === 0 ? large : `${large} ${rest}${narrow}${smaller.unit}`
}

/** Local time. */
export function formatWhen(timeMs: number): string {
  return moment.format(timeMs)
}

/** In UTC, for whoever hovers over a local time. */
export function formatWhenUtc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function formatTimeOfDay(timeMs: number): string {
  return timeOfDay.format(timeMs)
}

/** `2 min ago`; below five seconds `just now`. */
export function formatAge(seconds: number): string {
  return seconds < 5 ? 'just now' : `${formatDuration(seconds)} ago`
}
