// The one sentence on top of the dashboard: the state first, then what to plan. Chooses words for what the engine computed.
import type { SeenStateName } from '../../../src-main/contract/appliance-state.ts'
import type { StateReport } from '../../../src-main/contract/state.ts'
import { healthTexts } from '../../text/dashboard.ts'
import { formatPart } from '../../text/numbers.ts'

export interface HealthSentence {
  readonly tone: 'ok' | 'attention' | 'critical'
  readonly text: string
  /** What is wanted soon, the most pressing first. */
  readonly plans: readonly string[]
  /** The drives are where to look first. */
  readonly needsDrives: boolean
}

const driveStates: readonly SeenStateName[] = ['degraded', 'at-risk', 'read-only', 'offline']

const certificateDaysMin = 30
const roomPartMax = 0.8

type Details = NonNullable<StateReport['details']>

export function chooseHealthSentence(report: Pick<StateReport, 'seen' | 'details'>): HealthSentence {
  const plans = report.details === undefined ? [] : listPlans(report.details)
  return { ...chooseState(report), plans, needsDrives: driveStates.includes(report.seen) }
}

function chooseState({ seen, details }: Pick<StateReport, 'seen' | 'details'>): Pick<HealthSentence, 'tone' | 'text'> {
  switch (seen) {
    case 'ready':
      // Nothing is guessed: where the drives could not be asked, nobody knows that all is well.
      return details !== undefined && details.set === undefined ? { tone: 'attention', text: healthTexts.drivesUnknown } : { tone: 'ok', text: healthTexts.fine }
    case 'degraded':
      return { tone: 'attention', text: details?.set?.heal.running === true ? healthTexts.healing : healthTexts.degraded }
    case 'at-risk':
      return { tone: 'critical', text: healthTexts.atRisk }
    case 'read-only':
      return { tone: 'critical', text: healthTexts.readOnly }
    case 'offline':
      return { tone: 'critical', text: healthTexts.offline }
    case 'failed':
      return { tone: 'critical', text: healthTexts.failed }
    case 'starting':
      return { tone: 'attention', text: healthTexts.starting }
    case 'fresh':
    case 'unverified':
    case 'sealed':
    case 'unsealing':
    case 'stopped':
      return { tone: 'attention', text: healthTexts.closed }
  }
}

function listPlans({ certificate, set, shares, refusedDrives, clients }: Details): string[] {
  const plans: string[] = []
  if (clients.failures > 0) plans.push(healthTexts.failures(clients.failures))
  if (certificate !== undefined && certificate.daysLeft < certificateDaysMin) plans.push(healthTexts.certificateSoon(certificate.daysLeft))
  else if (certificate !== undefined && certificate.problems.length > 0) plans.push(healthTexts.certificateProblem)
  const used = set === undefined || set.space.usableTotalBytes === 0 ? 0 : 1 - set.space.usableFreeBytes / set.space.usableTotalBytes
  if (used >= roomPartMax) plans.push(healthTexts.roomShort(formatPart(used)))
  if (refusedDrives.length > 0) plans.push(healthTexts.refused(refusedDrives.length))
  if (shares !== undefined && shares.provenShares < shares.count) plans.push(healthTexts.sharesUnproven(shares.count - shares.provenShares))
  return plans
}
