// Which desktop notifications to show and to close: one per condition, told again only when it gets worse, closed when it ends. Pure.
// They say counts and names of the store, never names of objects or secrets.
import type { StateReport } from '../contract/state.ts'
import { shellTexts } from './shell-texts.ts'

export const conditions = ['sealed', 'start-failed', 'drives', 'space'] as const
export type Condition = (typeof conditions)[number]

export interface Notice {
  readonly condition: Condition
  /** Higher is worse. */
  readonly level: number
  readonly title: string
  readonly body: string
}

/** Which conditions hold and how bad each was when last looked at. */
export type Known = Readonly<Partial<Record<Condition, number>>>

export interface NoticeDecision {
  readonly show: readonly Notice[]
  readonly close: readonly Condition[]
  readonly known: Known
}

/** Part of usable space in use from which on it is told. */
const fullFrom = [0.8, 0.9, 0.95] as const
/** Falling below a mark by less than this is no change. */
const fullSlack = 0.01

/** `isWatched`: somebody has the window in front and sees it there; nothing is shown, and it counts as told. */
export function decideNotices(report: StateReport | undefined, known: Known, isWatched: boolean): NoticeDecision {
  if (report === undefined) return { show: [], close: [], known }
  const now = readConditions(report, known)
  const worse = now.filter(({ condition, level }) => level > (known[condition] ?? 0))
  const better = conditions.filter((condition) => (known[condition] ?? 0) > (now.find((notice) => notice.condition === condition)?.level ?? 0))
  return {
    show: isWatched ? [] : worse,
    close: better,
    known: Object.fromEntries(now.map(({ condition, level }) => [condition, level])),
  }
}

function readConditions(report: StateReport, known: Known): Notice[] {
  const notices: Notice[] = []
  const add = (condition: Condition, level: number, text: { title: string; body: string }): void => { notices.push({ condition, level, ...text }) }
  switch (report.seen) {
    case 'sealed':
    case 'unsealing':
      add('sealed', 1, shellTexts.sealedNotice(report))
      break
    case 'failed':
      add('start-failed', 1, shellTexts.startFailedNotice(report))
      break
    case 'degraded':
    case 'at-risk':
    case 'read-only':
    case 'offline':
      add('drives', ['degraded', 'at-risk', 'read-only', 'offline'].indexOf(report.seen) + 1, shellTexts.drivesNotice(report, report.seen))
      break
    case 'fresh':
    case 'unverified':
    case 'starting':
    case 'ready':
    case 'stopped':
      break
  }
  const fullness = readFullness(report, known.space ?? 0)
  if (fullness !== undefined) add('space', fullness.level, shellTexts.spaceNotice(report, fullness.usedPercent))
  return notices
}

function readFullness(report: StateReport, before: number): { level: number; usedPercent: number } | undefined {
  const space = report.details?.set?.space
  if (space === undefined || space.usableTotalBytes <= 0) return undefined
  const used = 1 - space.usableFreeBytes / space.usableTotalBytes
  const level = fullFrom.filter((from, index) => used >= (index < before ? from - fullSlack : from)).length
  return level === 0 ? undefined : { level, usedPercent: Math.floor(used * 100) }
}
