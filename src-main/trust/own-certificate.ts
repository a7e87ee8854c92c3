// A certificate that the owner brought: each check that fails is one line with the repair. Broken ones are not used; doubtful ones are, and said.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { certificatesIn } from './pem.ts'
import { isIpAddress } from './server-names.ts'

export type CertificateProblemCode =
  | 'not-readable' | 'no-certificate' | 'key-not-readable' | 'key-does-not-fit' | 'expired' | 'not-yet-valid' | 'is-authority'
  | 'chain-broken' | 'chain-incomplete' | 'name-not-covered' | 'expires-soon'

export interface CertificateProblem {
  readonly code: CertificateProblemCode
  /** With this the certificate can't be used. */
  readonly fatal: boolean
  /** What is wrong and how to repair it. */
  readonly message: string
}

const soonMs = 30 * 86_400_000

/** Checks key, dates, chain and names (host names and addresses that clients use). */
export function checkOwnCertificate(certificatePem: string | undefined, keyPem: string | undefined, names: readonly string[], nowMs: number): CertificateProblem[] {
  if (certificatePem === undefined) return [fatal('not-readable', 'certs/public.crt is missing or can\'t be read: put the certificate there, leaf first.')]
  if (keyPem === undefined) return [fatal('not-readable', 'certs/private.key is missing or can\'t be read: put the key of certs/public.crt there, readable for Coffer\'s user.')]
  const chain = certificatesIn(certificatePem)
  const leaf = chain?.[0]
  if (chain === undefined || leaf === undefined) return [fatal('no-certificate', 'certs/public.crt holds no PEM certificate: it must begin with -----BEGIN CERTIFICATE-----.')]
  const key = readKey(keyPem)
  if (key === undefined) return [fatal('key-not-readable', 'certs/private.key is not a PEM key without passphrase: remove the passphrase, for example with openssl pkey.')]
  if (!leaf.checkPrivateKey(key)) return [fatal('key-does-not-fit', 'certs/private.key does not belong to the first certificate in certs/public.crt: the leaf must come first.')]
  return [...checkDates(leaf, nowMs), ...checkChain(chain), ...checkNames(leaf, names)]
}

function fatal(code: CertificateProblemCode, message: string): CertificateProblem {
  return { code, fatal: true, message }
}

function doubtful(code: CertificateProblemCode, message: string): CertificateProblem {
  return { code, fatal: false, message }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function checkDates(leaf: X509Certificate, nowMs: number): CertificateProblem[] {
  const from = Date.parse(leaf.validFrom)
  const to = Date.parse(leaf.validTo)
  if (nowMs > to) return [fatal('expired', `The certificate ended on ${toDay(to)}: renew it.`)]
  if (nowMs < from) return [fatal('not-yet-valid', `The certificate begins on ${toDay(from)}: check this machine's clock, or wait.`)]
  return to - nowMs < soonMs ? [doubtful('expires-soon', `The certificate ends on ${toDay(to)}: renew it.`)] : []
}

function toDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

function checkChain(chain: readonly X509Certificate[]): CertificateProblem[] {
  const problems: CertificateProblem[] = []
  if (chain[0]?.ca === true && chain.length > 1) problems.push(doubtful('is-authority', 'The first certificate is an authority: the server\'s own certificate must come first.'))
  for (let index = 0; index + 1 < chain.length; index++) {
    const [certificate, issuer] = [chain[index], chain[index + 1]]
    if (certificate === undefined || issuer === undefined) continue
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      problems.push(doubtful('chain-broken', `Certificate ${index + 2} in certs/public.crt did not issue certificate ${index + 1}: put the chain in order, leaf first.`))
    }
  }
  const last = chain.at(-1)
  if (chain.length === 1 && last !== undefined && last.issuer !== last.subject) {
    problems.push(doubtful('chain-incomplete', 'certs/public.crt holds only the leaf: append the intermediate certificates, or clients that do not have them refuse.'))
  }
  return problems
}

function checkNames(leaf: X509Certificate, names: readonly string[]): CertificateProblem[] {
  const covers = (name: string): boolean => (isIpAddress(name) ? leaf.checkIP(name) : leaf.checkHost(name.replace(/^\*\./, 'any.'))) !== undefined
  const loopback = new Set(['localhost', '127.0.0.1', '::1'])
  const reachable = names.filter((name) => !loopback.has(name))
  if (reachable.length === 0 || reachable.some(covers)) return []
  return [doubtful('name-not-covered', `The certificate covers none of this machine's names (${reachable.slice(0, 6).join(', ')}): clients must use ${leaf.subjectAltName ?? 'a name that it covers'}.`)]
}
