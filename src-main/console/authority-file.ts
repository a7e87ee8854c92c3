// `/coffer-ca.crt`: the authority's certificate, for everybody who is to trust it.
import type { CertificatePort } from './ports.ts'

export const authorityPath = '/coffer-ca.crt'

export interface AuthorityReply {
  readonly status: 200 | 404
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export function describeAuthority(certificates: CertificatePort | undefined): AuthorityReply {
  if (certificates === undefined) return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, text: 'There is no authority.\n' }
  return {
    status: 200,
    headers: { 'content-type': 'application/x-x509-ca-cert', 'content-disposition': 'attachment; filename="coffer-ca.crt"' },
    text: certificates.authorityCertificate(),
  }
}
