// From the raw request-target and Host to what is meant: the service, a bucket or an object. Nothing is normalised: `a//b`, `a/..` and `a/` are names.
import { refusal } from '../errors.ts'
import { decodePercent, encodePercent } from './percent.ts'
import { parseQuery, type Query } from './query.ts'

export type TargetLevel = 'service' | 'bucket' | 'object'

export interface RequestTarget {
  readonly level: TargetLevel
  /** Empty at service level. */
  readonly bucket: string
  /** Empty unless at object level. */
  readonly name: string
  /** The path as it is signed: decoded, then encoded once (SigV4, "canonical URI" for S3). */
  readonly canonicalPath: string
  readonly query: Query
}

const nameSizeMax = 1024

/** `target` is the raw request-target, `host` the Host header. Faults: invalid-uri, object-name-too-long. */
export function parseRequestTarget(target: string, host: string, domains: readonly string[]): RequestTarget {
  const origin = target.charCodeAt(0) === 0x2f ? target : stripAuthority(target)
  const mark = origin.indexOf('?')
  const path = decodePercent(mark < 0 ? origin : origin.slice(0, mark), false)
  if (path === undefined || path.includes('\0')) throw refusal('invalid-uri')
  const query = parseQuery(mark < 0 ? '' : origin.slice(mark + 1))
  const canonicalPath = encodePercent(path, true)
  const hostBucket = bucketOfHost(host, domains)
  if (hostBucket !== undefined) return place(hostBucket, path.slice(1), canonicalPath, query)
  const slash = path.indexOf('/', 1)
  if (slash < 0) return place(path.slice(1), '', canonicalPath, query)
  return place(path.slice(1, slash), path.slice(slash + 1), canonicalPath, query)
}

function place(bucket: string, name: string, canonicalPath: string, query: Query): RequestTarget {
  if (bucket === '' && name !== '') throw refusal('invalid-uri', 'The bucket name is empty.')
  if (name.length * 3 > nameSizeMax && Buffer.byteLength(name) > nameSizeMax) throw refusal('object-name-too-long')
  const level = bucket === '' ? 'service' : name === '' ? 'bucket' : 'object'
  return { level, bucket, name, canonicalPath, query }
}

/** Absolute form (RFC 9112 §3.2.2), as proxies send it. */
function stripAuthority(target: string): string {
  const scheme = /^https?:\/\/[^/?]*/i.exec(target)
  if (scheme === null) throw refusal('invalid-uri')
  const rest = target.slice(scheme[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The bucket of a virtual-host request: what stands before a configured domain. Undefined: path style (also for IPs and unknown hosts). */
function bucketOfHost(host: string, domains: readonly string[]): string | undefined {
  if (domains.length === 0) return undefined
  const colon = host.lastIndexOf(':')
  const name = (colon > host.lastIndexOf(']') ? host.slice(0, colon) : host).toLowerCase()
  for (const domain of domains) {
    if (name.length > domain.length + 1 && name.endsWith(domain) && name.charCodeAt(name.length - domain.length - 1) === 0x2e) {
      return name.slice(0, name.length - domain.length - 1)
    }
  }
  return undefined
}
