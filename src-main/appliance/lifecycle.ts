// The lifecycle as a pure state machine: what happened leads to the next state and to the effects that the appliance has to carry out.
// design.md §2: fresh → unverified → sealed → unsealing → starting → serving, any → sealed.

export const startStages = ['keys', 'drives', 'configuration', 'identities', 'listeners'] as const
export type StartStage = (typeof startStages)[number]

export type Lifecycle =
  /** No drive carries a store. */
  | { readonly state: 'fresh' }
  /** Initialised; a threshold of shares has never been read back. S3 stays closed. */
  | { readonly state: 'unverified' }
  | { readonly state: 'sealed' }
  /** Some shares were accepted. `proving`: the store was never opened before. */
  | { readonly state: 'unsealing'; readonly proving: boolean }
  | { readonly state: 'starting'; readonly stage: StartStage; readonly fraction: number }
  | { readonly state: 'serving' }
  /** The store is open but a stage failed; `reason` is for people. Sealing or a restart leads out. */
  | { readonly state: 'failed'; readonly stage: StartStage; readonly reason: string }
  | { readonly state: 'stopped' }

export type LifecycleEvent =
  | { readonly event: 'found-nothing' }
  | { readonly event: 'found-store'; readonly proven: boolean }
  | { readonly event: 'created' }
  | { readonly event: 'started-over' }
  | { readonly event: 'share-accepted' }
  | { readonly event: 'attempt-ended' }
  | { readonly event: 'opened' }
  | { readonly event: 'stage'; readonly stage: StartStage; readonly fraction: number }
  | { readonly event: 'stage-failed'; readonly stage: StartStage; readonly reason: string }
  | { readonly event: 'started' }
  | { readonly event: 'sealed' }
  | { readonly event: 'stopped' }

export type LifecycleEffect = 'begin-start' | 'open-s3' | 'close-s3'

export interface Transition {
  readonly next: Lifecycle
  readonly effects: readonly LifecycleEffect[]
}

const stay = (next: Lifecycle): Transition => ({ next, effects: [] })

/** The next state, or undefined when the event makes no sense in this one (the caller then refuses what caused it). */
export function nextLifecycle(now: Lifecycle, happened: LifecycleEvent): Transition | undefined {
  if (now.state === 'stopped') return undefined
  switch (happened.event) {
    case 'stopped':
      return { next: { state: 'stopped' }, effects: ['close-s3'] }
    case 'found-nothing':
      return now.state === 'fresh' ? stay({ state: 'fresh' }) : undefined
    case 'found-store':
      return now.state === 'fresh' ? stay({ state: happened.proven ? 'sealed' : 'unverified' }) : undefined
    case 'created':
      return now.state === 'fresh' ? stay({ state: 'unverified' }) : undefined
    case 'started-over':
      return now.state === 'unverified' || (now.state === 'unsealing' && now.proving) ? stay({ state: 'fresh' }) : undefined
    case 'share-accepted':
      if (now.state === 'unsealing') return stay(now)
      return now.state === 'sealed' || now.state === 'unverified' ? stay({ state: 'unsealing', proving: now.state === 'unverified' }) : undefined
    case 'attempt-ended':
      if (now.state !== 'unsealing') return undefined
      return stay({ state: now.proving ? 'unverified' : 'sealed' })
    case 'opened':
      if (now.state !== 'unsealing' && now.state !== 'sealed' && now.state !== 'unverified') return undefined
      return { next: { state: 'starting', stage: 'keys', fraction: 0 }, effects: ['begin-start'] }
    case 'stage':
      return now.state === 'starting' ? stay({ state: 'starting', stage: happened.stage, fraction: happened.fraction }) : undefined
    case 'stage-failed':
      return now.state === 'starting' ? stay({ state: 'failed', stage: happened.stage, reason: happened.reason }) : undefined
    case 'started':
      return now.state === 'starting' ? { next: { state: 'serving' }, effects: ['open-s3'] } : undefined
    case 'sealed':
      if (now.state === 'fresh' || now.state === 'unverified') return undefined
      return { next: { state: 'sealed' }, effects: ['close-s3'] }
  }
}
