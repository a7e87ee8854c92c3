// The checks of an owner's certificate as a list, each with what was found: for the person who brings one, before it is put in place.
import { checkOwnCertificate, type CertificateProblem, type CertificateProblemCode } from './own-certificate.ts'

export type CertificateCheckCode = 'readable' | 'key-fits' | 'dates' | 'chain' | 'not-authority' | 'names'

export interface CertificateCheck {
  readonly code: CertificateCheckCode
  readonly ok: boolean
  readonly text: string
}

const checkOf: Readonly<Record<CertificateProblemCode, CertificateCheckCode>> = {
  'not-readable': 'readable', 'no-certificate': 'readable', 'key-not-readable': 'readable',
  'key-does-not-fit': 'key-fits',
  expired: 'dates', 'not-yet-valid': 'dates', 'expires-soon': 'dates',
  'chain-broken': 'chain', 'chain-incomplete': 'chain',
  'is-authority': 'not-authority',
  'name-not-covered': 'names',
} // prettier-ignore

const good: Readonly<Record<CertificateCheckCode, string>> = {
  readable: 'Certificate and key can be read.',
  'key-fits': 'The key belongs to the certificate.',
  dates: 'The certificate is valid today.',
  chain: 'The chain is complete and in order.',
  'not-authority': 'The first certificate is one for a server.',
  names: "The certificate covers a name or address of this machine.",
}
/** In the order in which they build on each other: without the first two the others can't be made. */
const order: readonly CertificateCheckCode[] = ['readable', 'key-fits', 'dates', 'chain', 'not-authority', 'names']
const basic = new Set<CertificateCheckCode>(['readable', 'key-fits'])

/** Ends with the first of the basic checks that fails. A certificate that ends soon is still good, and that is said. */
export function listCertificateChecks(certificatePem: string, keyPem: string, names: readonly string[], nowMs: number): CertificateCheck[] {
  const problems = checkOwnCertificate(certificatePem, keyPem, names, nowMs)
  const checks: CertificateCheck[] = []
  for (const code of order) {
    const found = problems.filter((problem) => checkOf[problem.code] === code)
    checks.push({ code, ok: found.every(isBearable), text: found.length === 0 ? good[code] : found.map(({ message }) => message).join(' ') })
    if (found.length > 0 && basic.has(code)) break
  }
  return checks
}

function isBearable({ code }: CertificateProblem): boolean {
  return code === 'expires-soon'
}
