// The console as one thing: procedures over the ports, for servers to attach to and for the desktop window to call.
import type { Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { RandomSource } from '../base/random.ts'
import type { LiveMessage } from '../contract/live.ts'
import { requestSizeMax } from '../contract/procedures.ts'
import type { Caller, ConsoleServices } from './call-context.ts'
import { ClientActivity } from './client-activity.ts'
import { Dispatcher, type DispatchReply } from './dispatch.ts'
import { localCaller } from './caller.ts'
import { FileExchange } from './files/file-exchange.ts'
import { handleLocally, type LocalReply, type LocalRequest } from './local-requests.ts'
import { LiveLine } from './live-line.ts'
import { attachLive } from './live-socket.ts'
import { GuessLimiter, sharePolicy } from './guess-limiter.ts'
import { attachConsole, type HttpEdge } from './https-server.ts'
import { OperatorSessions } from './operator-sessions.ts'
import { OperatorSignIn, type PasswordCost } from './operator-sign-in.ts'
import type { CertificatePort, DraftPort, SitePort, StorePort } from './ports.ts'
import { tooLarge } from './request-checks.ts'
import { SetUpCode } from './set-up-code.ts'
import { StaticFiles } from './static-files.ts'

export interface ConsoleParts {
  readonly store: StorePort
  readonly certificates?: CertificatePort
  readonly site: SitePort
  readonly draft?: DraftPort
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  /** The built page; undefined: none yet. */
  readonly rendererFolder?: string
  /** Only tests choose a cheaper one. */
  readonly passwordCost?: PasswordCost
}

export interface Console {
  /** `network`: a TLS server. `local`: the socket of the state folder; its callers may do everything. */
  attach(server: Server | TlsServer, kind: Caller['kind']): void
  /** For the desktop window, which counts as local. Never rejects. */
  callLocally(name: string, body: string): Promise<DispatchReply>
  /** The bytes of objects, and the authority's certificate, for the desktop window. Never rejects. */
  handleLocally(request: LocalRequest): Promise<LocalReply>
  /** Tells the state and the drives, at once and at every change; the result ends it. */
  watchLive(listener: (message: LiveMessage) => void): () => void
  /** To be printed where the program was started, while set-up waits. */
  readonly setUpCode: string
  /** To be told of each finished S3 request. */
  readonly activity: ClientActivity
  close(): void
}

export function openConsole(parts: ConsoleParts): Console {
  const { store, certificates, site, draft, clock, random, logger, rendererFolder, passwordCost } = parts
  const services: ConsoleServices = {
    store, certificates, site, draft, clock, random,
    activity: new ClientActivity(clock),
    setUpCode: new SetUpCode(random, clock),
    signIn: new OperatorSignIn({ secrets: () => store.secrets(), clock, ...(passwordCost === undefined ? {} : { cost: passwordCost }) }),
    sessions: new OperatorSessions(clock, random),
    shareGuesses: new GuessLimiter(sharePolicy, clock),
  } // prettier-ignore
  const dispatcher = new Dispatcher(services, logger)
  const live = new LiveLine(services)
  const edge: HttpEdge = { services, dispatcher, files: new StaticFiles(rendererFolder), transfers: new FileExchange(services) }
  // Whoever was signed in must sign in again after the next opening.
  const endWatch = store.watch(() => {
    if (store.view().lifecycle.state !== 'serving') services.sessions.endAll()
  })
  return {
    attach: (server, kind) => {
      attachConsole(edge, server, kind)
      attachLive({ services, dispatcher, live }, server, kind)
    },
    watchLive: (listener) => live.open({ caller: localCaller, waitingBytes: 0, send: (_text, message) => { listener(message) }, close: () => undefined }),
    handleLocally: (request) => handleLocally(edge, request),
    callLocally: (name, body) => callLocally(dispatcher, name, body),
    setUpCode: services.setUpCode.text,
    activity: services.activity,
    close: () => {
      endWatch()
      live.close()
      services.sessions.endAll()
    },
  }
}

async function callLocally(dispatcher: Dispatcher, name: string, body: string): Promise<DispatchReply> {
  try {
    if (Buffer.byteLength(body) > requestSizeMax) throw tooLarge(requestSizeMax)
    return await dispatcher.call(await dispatcher.admit(name, localCaller), body)
  } catch (error) {
    return dispatcher.refuse(error, name)
  }
}
