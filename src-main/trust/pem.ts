// A certificate and its key in one PEM text, so that one rename replaces both.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificateAndKey } from './lan-authority.ts'

export function formatPair({ certificate, privateKey }: CertificateAndKey): string {
  return certificate + privateKey
}

/** Undefined when it is not a certificate with the key that fits. */
export function parsePair(text: string | undefined): CertificateAndKey | undefined {
  if (text === undefined) return undefined
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0]
  const privateKey = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text)?.[0]
  if (certificate === undefined || privateKey === undefined) return undefined
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) return undefined
  } catch {
    return undefined
  }
  return { certificate: `${certificate}\n`, privateKey: `${privateKey}\n` }
}

export function certificatesIn(text: string): X509Certificate[] | undefined {
  try {
    return (text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g) ?? []).slice(0, 16).map((pem) => new X509Certificate(pem))
  } catch {
    return undefined
  }
}
