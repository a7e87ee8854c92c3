// One call from its name to its reply, in this order: may this caller? → is the input right? → handler → is the output right?
// The caller is asked first, so that strangers learn nothing from how their input is judged.
import { formatHex } from '../base/bytes.ts'
import type { Logger } from '../base/logger.ts'
import { isProcedureName, procedures, type ProcedureName } from '../contract/procedures.ts'
import type { AllowedCaller } from '../contract/procedure.ts'
import type { CallContext, Caller, ConsoleServices, Handlers } from './call-context.ts'
import { ConsoleError, describeBug, hideFromStranger, internalFault, toFaultReply, type FaultReply } from './errors.ts'
import { bucketHandlers } from './handlers/buckets.ts'
import { connectHandlers } from './handlers/connect.ts'
import { driveHandlers } from './handlers/drives.ts'
import { encryptionHandlers } from './handlers/encryption.ts'
import { objectHandlers } from './handlers/objects.ts'
import { operatorHandlers } from './handlers/operator.ts'
import { setupDraftHandlers } from './handlers/setup-draft.ts'
import { setupDriveHandlers } from './handlers/setup-drives.ts'
import { setupNetworkHandlers } from './handlers/setup-network.ts'
import { setupHandlers } from './handlers/setup.ts'
import { isSetUpOpen, stateHandlers } from './handlers/state.ts'
import { unsealHandlers } from './handlers/unseal.ts'
import { administratorExists } from './operator-sign-in.ts'

export interface DispatchReply {
  readonly status: number
  /** JSON: the output, or a ConsoleFault. */
  readonly body: string
  /** Undefined: the cookie stays as it is. `token` undefined: it ends. */
  readonly session?: { readonly token: string | undefined }
  readonly retryAfterSeconds?: number
}

export interface Admitted {
  readonly name: ProcedureName
  readonly caller: Caller
  readonly isInsider: boolean
}

const callsInFlightMax = 128

export class Dispatcher {
  readonly #services: ConsoleServices
  readonly #logger: Logger
  readonly #handlers: Handlers
  /** Counted apart, so that the network can't lock the machine's own user out. */
  readonly #inFlight = { local: 0, network: 0 }

  constructor(services: ConsoleServices, logger: Logger) {
    this.#services = services
    this.#logger = logger
    this.#handlers = {
      ...stateHandlers(services), ...setupHandlers(services), ...setupDriveHandlers(services), ...setupNetworkHandlers(services), ...setupDraftHandlers(services), ...unsealHandlers(services), ...driveHandlers(services),
      ...bucketHandlers(services), ...operatorHandlers(services), ...connectHandlers(services), ...encryptionHandlers(services), ...objectHandlers(services),
    } // prettier-ignore
  }

  /** Before any body is read. Faults: unknown-procedure, not-signed-in, set-up-code-needed, wrong-set-up-code, slow-down, only-on-this-machine. */
  async admit(name: string, caller: Caller): Promise<Admitted> {
    if (!isProcedureName(name)) throw new ConsoleError('unknown-procedure', 'There is no such procedure.', { hint: 'The command line or page may be of another version than Coffer.' })
    const { caller: allowed, passive } = procedures[name]
    const isSignedIn = this.#services.sessions.isSignedIn(caller, !passive)
    const isInsider = caller.kind === 'local' || isSignedIn
    if (caller.kind === 'network') await this.#admitStranger(allowed, caller, isSignedIn)
    return { name, caller, isInsider }
  }

  async #admitStranger(allowed: AllowedCaller, caller: Caller, isSignedIn: boolean): Promise<void> {
    switch (allowed) {
      case 'anyone':
        return
      case 'operator':
        if (!isSignedIn) throw new ConsoleError('not-signed-in', 'This needs signing in.', { hint: 'Sign in and try again.' })
        return
      case 'setup-code':
        if (!isSetUpOpen(this.#services, await this.#services.signIn.hasAdministrator())) throw administratorExists()
        this.#services.setUpCode.check(caller.setUpCode, caller.address)
        return
      case 'local':
        throw new ConsoleError('only-on-this-machine', 'This is only possible at the Coffer computer.', { hint: 'Use the coffer command there.' })
    }
  }

  /** Never rejects: refusals are replies. */
  async call(admitted: Admitted, body: string): Promise<DispatchReply> {
    const { kind } = admitted.caller
    if (this.#inFlight[kind] >= callsInFlightMax) return this.refuse(new ConsoleError('busy', 'Coffer is busy.', { hint: 'Try again in a moment.', retryAfterSeconds: 1 }), admitted.name)
    this.#inFlight[kind]++
    // Counted until the work is done, not until somebody stopped waiting for it.
    const work = this.#run(admitted, body).finally(() => { this.#inFlight[kind]-- })
    try {
      return await this.#withDeadline(work, procedures[admitted.name].deadlineMs)
    } catch (error) {
      const fault = this.#toFault(error, admitted.name)
      return toReply(isStranger(admitted) ? hideFromStranger(fault) : fault)
    }
  }

  /** The reply to a refusal; what is none is logged as a bug. */
  refuse(error: unknown, name: string): DispatchReply {
    return toReply(this.#toFault(error, name))
  }

  #toFault(error: unknown, name: string): FaultReply {
    return toFaultReply(error) ?? this.#bug(error, name)
  }

  #bug(error: unknown, name: string): FaultReply {
    const requestId = formatHex(this.#services.random.bytes(8))
    this.#logger.error('console call failed', { procedure: name.slice(0, 64), requestId, ...describeBug(error) })
    return internalFault(requestId)
  }

  async #run({ name, caller, isInsider }: Admitted, body: string): Promise<DispatchReply> {
    const input = procedures[name].input.safeParse(parseBody(body))
    if (!input.success) throw badInput(input.error.issues)
    let session: { token: string | undefined } | undefined
    const context: CallContext = { caller, isInsider, setSession: (token) => { session = { token } } }
    // The schema of the same name has just checked the input.
    const handler = this.#handlers[name] as (input: unknown, context: CallContext) => unknown
    // Parsing the output also drops whatever the contract does not name.
    const output = procedures[name].output.parse(await handler(input.data, context))
    return { status: 200, body: JSON.stringify(output), ...(session === undefined ? {} : { session }) }
  }

  #withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#services.clock.after(deadlineMs, () => {
        reject(new ConsoleError('took-too-long', 'It takes longer than expected and goes on in the background.', { hint: 'Look at: coffer status' }))
      })
      void work.then(resolve, reject).finally(cancel)
    })
  }
}

/** Neither local nor signed in, at a procedure that asks for no set-up code. */
function isStranger({ name, isInsider }: Admitted): boolean {
  return !isInsider && procedures[name].caller === 'anyone'
}

function toReply({ status, fault }: FaultReply): DispatchReply {
  return { status, body: JSON.stringify(fault), ...(fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds }) }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body)
  } catch {
    throw new ConsoleError('bad-input', 'The request is not JSON.')
  }
}

/** Names the field and the rule, never the value. */
function badInput(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): ConsoleError {
  const lines = issues.slice(0, 5).map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
  return new ConsoleError('bad-input', `The request can't be used. ${lines.join(' · ')}`)
}
