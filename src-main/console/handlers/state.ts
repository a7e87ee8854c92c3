// Area state: name and seal state for everybody; what is behind it for signed-in and local callers.
import { toSeenState, type StorageHealthName } from '../../contract/appliance-state.ts'
import type { StateReport } from '../../contract/state.ts'
import type { DriveFacts } from '../../seams/storage-backend.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'
import { toSetReport } from './drives.ts'

export function stateHandlers(services: ConsoleServices): Handlers<'state.get'> {
  return {
    'state.get': async (_input, { caller, isInsider }) =>
      reportState(services, { isNetwork: caller.kind === 'network', isInsider, facts: isInsider ? await services.store.driveFacts() : undefined }),
  }
}

export interface Audience {
  readonly isNetwork: boolean
  /** Local or signed in. */
  readonly isInsider: boolean
  /** For insiders. Undefined: closed, or not known yet. */
  readonly facts: DriveFacts | undefined
}

/** Before unsealing, a stranger learns the name and the seal state, and nothing about the drives. */
export async function reportState(services: ConsoleServices, { isNetwork, isInsider, facts }: Audience): Promise<StateReport> {
  const { store, signIn } = services
  const view = store.view()
  const { state, stage, fraction, reason } = view.lifecycle
  const administrator = await signIn.hasAdministrator()
  return withoutUndefined({
    storeName: view.keystore?.storeName === '' ? undefined : view.keystore?.storeName,
    lifecycle: state,
    seen: toSeenState(state, visibleHealth(services, isInsider)).state,
    start: state === 'starting' && stage !== undefined ? { stage, fraction: fraction ?? 0 } : undefined,
    failure: state === 'failed' && stage !== undefined && isInsider ? { stage, reason: reason ?? '' } : undefined,
    setUp: withoutUndefined({ open: isSetUpOpen(services, administrator), administrator }),
    signedIn: isNetwork && isInsider,
    details: isInsider ? { ...detailsOf(services), ...(facts === undefined ? {} : { set: toSetReport(facts) }) } : undefined,
  })
}

/** Whether callers with the set-up code may go on: no share was proven yet, or the open store has no administrator. */
export function isSetUpOpen({ store }: ConsoleServices, administrator: boolean | undefined): boolean {
  const { state, proving } = store.view().lifecycle
  if (state === 'fresh' || state === 'unverified') return true
  return (state === 'unsealing' && proving === true) || (state === 'serving' && administrator === false)
}

/** A stranger is told what S3 shows him anyway: whether reads and writes are served. Missing drives are the operator's business. */
function visibleHealth({ store }: ConsoleServices, isInsider: boolean): StorageHealthName | undefined {
  const view = store.view()
  if (view.lifecycle.state !== 'serving') return isInsider && view.tooFewDrives ? 'offline' : undefined
  const health = store.health()
  return isInsider || health === 'read-only' || health === 'offline' ? health : 'ok'
}

function detailsOf({ store, certificates, site, activity, sessions }: ConsoleServices): NonNullable<StateReport['details']> {
  const view = store.view()
  const status = certificates?.status()
  const current = view.keystore?.current
  return withoutUndefined({
    version: site.version,
    drivesFound: view.drivesFound,
    drivesExpected: view.drivesExpected,
    refusedDrives: view.refusedDrives.map(({ path, reason }) => ({ path, reason })),
    clients: activity.summary(),
    endpoints: site.endpoints(),
    certificate: status === undefined ? undefined : { kind: status.kind, authorityFingerprint: status.authorityFingerprint, daysLeft: status.daysLeft, problems: [...status.problems] },
    shares:
      current === undefined
        ? undefined
        : withoutUndefined({
            threshold: current.threshold,
            count: current.labels.length,
            generation: current.shareGeneration,
            provenShares: view.keystore?.provenShares ?? 0,
            provenAtMs: view.keystore?.provenAtMs,
          }),
    sessions: sessions.count,
  })
}
