// What people see: lifecycle × storage health, decided here and nowhere else. Header pill, tray, banners, probes and exit codes follow it.

export const lifecycleStates = ['fresh', 'unverified', 'sealed', 'unsealing', 'starting', 'serving', 'failed', 'stopped'] as const
export type LifecycleName = (typeof lifecycleStates)[number]

export type StorageHealthName = 'ok' | 'degraded' | 'at-risk' | 'read-only' | 'offline'

export const seenStates = [
  'fresh', 'unverified', 'sealed', 'unsealing', 'starting',
  'ready', 'degraded', 'at-risk', 'read-only', 'offline',
  'failed', 'stopped',
] as const // prettier-ignore
export type SeenStateName = (typeof seenStates)[number]

/** The shape of the tray icon, so that colour is never alone. */
export type SeenShape = 'ring' | 'ring-with-dot' | 'lock' | 'triangle' | 'octagon'

/** The one thing to do next; `none` when there is nothing. */
export type NextStep = 'set-up' | 'prove-shares' | 'unseal' | 'connect-drives' | 'wait' | 'look-at-drives' | 'restart' | 'none'

export type StateTextId = SeenStateName | 'sealed-drives-missing' | 'unsealing-drives-missing' | 'unverified-drives-missing'

export interface SeenState {
  readonly state: SeenStateName
  readonly shape: SeenShape
  /** The keys are in memory. */
  readonly isOpen: boolean
  readonly reads: boolean
  readonly writes: boolean
  /** Wants a person's attention now (banner, tray). */
  readonly attention: boolean
  readonly next: NextStep
  /** What to say; texts are in `state-texts`. */
  readonly textId: StateTextId
}

/**
 * `health` is what is known of the drives: of a closed store, whether enough are there to open it (read-only, offline: not enough).
 * Undefined: not known yet.
 */
export function toSeenState(lifecycle: LifecycleName, health: StorageHealthName | undefined): SeenState {
  switch (lifecycle) {
    case 'fresh':
      return closed('fresh', 'ring', 'set-up', true)
    case 'unverified':
      return lacksDrives(health) ? driveless('unverified', 'unverified-drives-missing') : closed('unverified', 'lock', 'prove-shares', true)
    case 'sealed':
      return lacksDrives(health) ? driveless('sealed', 'sealed-drives-missing') : closed('sealed', 'lock', 'unseal', true)
    case 'unsealing':
      return lacksDrives(health) ? driveless('unsealing', 'unsealing-drives-missing') : closed('unsealing', 'lock', 'unseal', true)
    case 'starting':
      return { ...closed('starting', 'ring-with-dot', 'wait', false), isOpen: true }
    case 'failed':
      return { ...closed('failed', 'octagon', 'restart', true), isOpen: true }
    case 'stopped':
      return closed('stopped', 'octagon', 'restart', true)
    case 'serving':
      return toServingState(health)
  }
}

function toServingState(health: StorageHealthName | undefined): SeenState {
  const open = { isOpen: true, reads: true, writes: true, attention: true, next: 'look-at-drives' } as const
  switch (health) {
    case undefined:
    case 'ok':
      return { ...open, state: 'ready', shape: 'ring', attention: false, next: 'none', textId: 'ready' }
    case 'degraded':
      return { ...open, state: 'degraded', shape: 'triangle', textId: 'degraded' }
    case 'at-risk':
      return { ...open, state: 'at-risk', shape: 'octagon', textId: 'at-risk' }
    case 'read-only':
      return { ...open, state: 'read-only', shape: 'octagon', writes: false, textId: 'read-only' }
    case 'offline':
      return { ...open, state: 'offline', shape: 'octagon', reads: false, writes: false, next: 'connect-drives', textId: 'offline' }
  }
}

/** Too few drives to open the store: read quorum is lost. */
function lacksDrives(health: StorageHealthName | undefined): boolean {
  return health === 'offline'
}

function closed(state: SeenStateName, shape: SeenShape, next: NextStep, attention: boolean): SeenState {
  return { state, shape, isOpen: false, reads: false, writes: false, attention, next, textId: state }
}

function driveless(state: SeenStateName, textId: StateTextId): SeenState {
  return { ...closed(state, 'octagon', 'connect-drives', true), textId }
}
