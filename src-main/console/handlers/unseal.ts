// Area unseal: one share after the other, with a limit on wrong ones, and closing again.
import type { UnsealStatus } from '../../contract/unseal.ts'
import type { OutputOf } from '../../contract/procedures.ts'
import type { ShareVerdict } from '../../keystore/index.ts'
import { withoutUndefined, type CallContext, type Caller, type ConsoleServices, type Handlers } from '../call-context.ts'
import { lookAtTheMachine } from '../errors.ts'
import type { GuessTicket } from '../guess-limiter.ts'
import type { StorePort } from '../ports.ts'
import { slowDown } from '../set-up-code.ts'
import { describeVerdict } from '../share-words.ts'

export function unsealHandlers(services: ConsoleServices): Handlers<'unseal.submitShare' | 'unseal.status' | 'unseal.reset' | 'seal'> {
  const { store } = services
  return {
    'unseal.submitShare': ({ share }, context) => submitShare(services, share, context),
    'unseal.status': () => describeStatus(store),
    'unseal.reset': async (_input, { caller }) => {
      // Counts like a wrong share: nobody may end everyone's attempt again and again.
      beginGuess(services, caller)
      await store.resetAttempt()
      return describeStatus(store)
    },
    seal: async () => {
      await store.seal()
      return {}
    },
  }
}

async function submitShare(services: ConsoleServices, share: string, { caller, isInsider }: CallContext): Promise<OutputOf<'unseal.submitShare'>> {
  const guess = beginGuess(services, caller)
  let verdict: ShareVerdict
  try {
    verdict = await services.store.submitShare(share)
  } catch (error) {
    guess?.withdraw()
    throw error
  }
  const { isRight, message, hint } = describeVerdict(verdict)
  if (isRight) guess?.succeeded()
  const { state, reason } = services.store.view().lifecycle
  const failed = verdict.verdict === 'opened' && state === 'failed'
  const whyFailed = isInsider ? (reason ?? '') : lookAtTheMachine
  return withoutUndefined({
    verdict: verdict.verdict,
    good: isRight,
    message: failed ? 'The shares fit, but the store could not start. Nothing is lost.' : message,
    hint: failed ? whyFailed : hint,
    shareNumber: 'shareNumber' in verdict ? verdict.shareNumber : undefined,
    label: 'label' in verdict ? verdict.label : undefined,
    group: 'group' in verdict ? verdict.group : undefined,
    groups: 'groups' in verdict ? verdict.groups : undefined,
    lookalike: 'lookalike' in verdict ? verdict.lookalike : undefined,
    status: describeStatus(services.store),
  })
}

/** Local callers are not limited: they could stop the program anyway. */
function beginGuess({ shareGuesses }: ConsoleServices, caller: Caller): GuessTicket | undefined {
  if (caller.kind === 'local') return undefined
  const guess = shareGuesses.begin(caller.address)
  if ('waitMs' in guess) throw slowDown(guess.waitMs)
  return guess
}

function describeStatus(store: StorePort): UnsealStatus {
  const { keystore, lifecycle } = store.view()
  const set = keystore?.current
  return withoutUndefined({
    threshold: set?.threshold,
    shareCount: set?.labels.length,
    progress: set?.progress ?? 0,
    attemptCode: keystore?.attempt?.code,
    accepted: set?.collected.map(({ shareNumber, label }) => ({ shareNumber, label })) ?? [],
    proving: lifecycle.state === 'unverified' || lifecycle.proving === true,
    provenShares: keystore?.provenShares ?? 0,
  })
}
