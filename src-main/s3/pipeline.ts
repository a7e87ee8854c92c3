// The way of every request, top to bottom: parse the target, find the route, authenticate, authorise, operate, reply.
import type { Logger } from '../base/logger.ts'
import { ObjectError, type Objects } from '../objects/index.ts'
import { refusal, S3Error, toErrorReply } from './errors.ts'
import type { Exchange, ExchangeContext } from './exchange.ts'
import type { Operation } from './operations/operation.ts'
import { replyText, type Reply } from './reply.ts'
import { chooseRoute } from './routes.ts'
import { verifyRequest, type Verifier } from './signature/verify-request.ts'
import { readHeaders } from './wire/headers.ts'
import { parseRequestTarget } from './wire/request-target.ts'

export interface Edge extends ExchangeContext {
  /** Undefined: sealed or starting. */
  readonly objects: () => Objects | undefined
  readonly verifier: Verifier
  readonly logger: Logger
}

/** Never rejects: whatever happens, the request is answered or its connection ended. */
export async function serveExchange(exchange: Exchange, edge: Edge): Promise<void> {
  try {
    const { method = '', rawHeaders, url = '' } = exchange.request
    const headers = (exchange.headers = readHeaders(rawHeaders, edge.settings.headerBlockSizeMax))
    const target = (exchange.target = parseRequestTarget(url, headers.get('host') ?? '', edge.settings.domains))
    const route = (exchange.route = chooseRoute(method, target.level, target.query, headers))
    const objects = edge.objects()
    if (objects === undefined) throw refusal('unavailable')
    exchange.admit(verifyRequest({ method, canonicalPath: target.canonicalPath, query: target.query, headers }, edge.verifier))
    authorise(exchange, route.action)
    if (route.patient === true) await operatePatiently(exchange, route.operation, objects, edge)
    else await exchange.send(await route.operation(exchange, objects))
  } catch (error) {
    noteUnexpected(error, exchange, edge.logger)
    exchange.sendError(error)
  }
}

function authorise(exchange: Exchange, action: string | undefined): void {
  const owner = exchange.headers.get('x-amz-expected-bucket-owner')
  if (owner !== undefined && owner !== exchange.settings.ownerId) throw refusal('access-denied')
  if (action !== undefined && !exchange.mayDo(action, exchange.bucket, exchange.name)) throw refusal('access-denied')
}

/** After some seconds the reply begins, as a 200 that may still become an error document; clients expect that of Complete and Copy. */
async function operatePatiently(exchange: Exchange, operation: Operation, objects: Objects, edge: Edge): Promise<void> {
  let begun = false
  const wait = (): void => {
    if (!begun && exchange.request.complete && !exchange.response.destroyed) {
      begun = true
      exchange.beginPatientReply()
    } else if (begun) exchange.response.write(' ')
    cancel = edge.clock.after(edge.settings.patienceMs, wait)
  }
  let cancel = edge.clock.after(edge.settings.patienceMs, wait)
  let reply: Reply
  try {
    reply = await operation(exchange, objects)
  } catch (error) {
    if (!begun) throw error
    noteUnexpected(error, exchange, edge.logger)
    const errorReply = toErrorReply(error)
    exchange.code = errorReply.code
    exchange.endPatientReply(exchange.formatError(errorReply))
    return
  } finally {
    cancel()
  }
  if (begun) exchange.endPatientReply(reply.xml ?? replyText(reply) ?? '')
  else await exchange.send(reply)
}

/** Anything but a refusal is a bug and is logged with where it came from; a fault of the store is worth a line as well. */
function noteUnexpected(error: unknown, exchange: Exchange, logger: Logger): void {
  if (error instanceof S3Error) return
  const fields = { requestId: exchange.requestId, operation: exchange.route?.name }
  if (error instanceof ObjectError) {
    if (toErrorReply(error).status >= 500) logger.warn('an S3 request failed in the store', { ...fields, fault: error.fault })
    return
  }
  logger.error('an S3 request failed unexpectedly', {
    ...fields,
    error: error instanceof Error ? error.name : typeof error,
    stack: error instanceof Error ? error.stack : undefined,
  })
}
