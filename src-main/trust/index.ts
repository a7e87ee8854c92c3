// Door of trust: the LAN authority, server certificates, own certificates.
export { openTrust } from './trust.ts'
export type { Trust, TrustParts, TrustStatus } from './trust.ts'
export { TrustError } from './trust-error.ts'
export type { TrustFault } from './trust-error.ts'
export { listServerNames } from './server-names.ts'
export { checkOwnCertificate } from './own-certificate.ts'
export type { CertificateProblem, CertificateProblemCode } from './own-certificate.ts'
export type { CertificateAndKey } from './lan-authority.ts'
