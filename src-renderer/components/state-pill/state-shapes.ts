// Shape and tone of each state: never colour alone. Red only for loss of data or service.
import type { SeenStateName } from '../../../src-main/contract/appliance-state.ts'
import type { IconName } from '../../ui/icon/icons.ts'

export interface StateLook {
  readonly icon: IconName
  readonly tone: 'ok' | 'accent' | 'attention' | 'critical' | 'plain'
}

export const stateLooks: Readonly<Record<SeenStateName, StateLook>> = {
  fresh: { icon: 'circle', tone: 'plain' },
  unverified: { icon: 'lock', tone: 'attention' },
  sealed: { icon: 'lock', tone: 'plain' },
  unsealing: { icon: 'lock', tone: 'accent' },
  starting: { icon: 'circle-dot', tone: 'accent' },
  ready: { icon: 'circle-check', tone: 'ok' },
  degraded: { icon: 'triangle', tone: 'attention' },
  'at-risk': { icon: 'octagon', tone: 'critical' },
  'read-only': { icon: 'octagon', tone: 'critical' },
  offline: { icon: 'octagon', tone: 'critical' },
  failed: { icon: 'octagon', tone: 'critical' },
  stopped: { icon: 'octagon', tone: 'critical' },
}
