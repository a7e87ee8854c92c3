// Who calls, what a handler may use, and the shape of handlers.
import type { MaybePromise } from '../base/byte-stream.ts'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import type { OutputOf, ParsedInputOf, ProcedureName } from '../contract/procedures.ts'
import type { ClientActivity } from './client-activity.ts'
import type { GuessLimiter } from './guess-limiter.ts'
import type { OperatorSessions } from './operator-sessions.ts'
import type { OperatorSignIn } from './operator-sign-in.ts'
import type { CertificatePort, DraftPort, SitePort, StorePort } from './ports.ts'
import type { SetUpCode } from './set-up-code.ts'

export interface Caller {
  /** local: over the socket of this machine, or the desktop window. */
  readonly kind: 'local' | 'network'
  readonly address: string
  /** Stands for network and browser: a session is good only where it began. */
  readonly place: string
  readonly sessionToken?: string
  readonly setUpCode?: string
}

/** Everything handlers work with. */
export interface ConsoleServices {
  readonly store: StorePort
  /** Undefined: plain HTTP without an authority (tests). */
  readonly certificates: CertificatePort | undefined
  readonly site: SitePort
  /** Undefined: nothing is kept (tests). */
  readonly draft: DraftPort | undefined
  readonly clock: Clock
  readonly random: RandomSource
  readonly activity: ClientActivity
  readonly setUpCode: SetUpCode
  readonly signIn: OperatorSignIn
  readonly sessions: OperatorSessions
  readonly shareGuesses: GuessLimiter
}

export interface CallContext {
  readonly caller: Caller
  /** Local or signed in. */
  readonly isInsider: boolean
  /** The reply carries this session token, or ends the cookie (undefined). */
  readonly setSession: (token: string | undefined) => void
}

export type Handler<Name extends ProcedureName> = (input: ParsedInputOf<Name>, context: CallContext) => MaybePromise<OutputOf<Name>>
export type Handlers<Names extends ProcedureName = ProcedureName> = { readonly [Name in Names]: Handler<Name> }

/** Entries that are undefined are left out, as exact optional properties want it. */
export function withoutUndefined<T extends object>(value: T): { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & { [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never
}
