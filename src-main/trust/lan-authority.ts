// The built-in authority of one installation: an ECDSA P-256 root that signs nothing but this machine's server certificates.
// RFC 5280; SHA-256 signatures, so that every client and Electron's BoringSSL take them.
import 'reflect-metadata'
import { createHash, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension,
  SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509Certificate, X509CertificateGenerator,
} from '@peculiar/x509' // prettier-ignore
import { formatHex } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'
import { isIpAddress } from './server-names.ts'

export const authorityLifeMs = 3652 * 86_400_000
export const leafLifeMs = 397 * 86_400_000
/** Clients' clocks may be behind. */
const backdateMs = 60 * 60_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** PEM texts. */
export interface CertificateAndKey {
  readonly certificate: string
  readonly privateKey: string
}

/** A fresh authority; its name carries a random part, so that two installations are told apart. */
export async function makeAuthority(nowMs: number, random: RandomSource): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const name = `CN=Coffer LAN authority ${formatHex(random.bytes(4))}, O=Coffer`
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: makeSerial(random),
      name,
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(nowMs + authorityLifeMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: toPem(certificate), privateKey: await exportKey(keys.privateKey) }
}

/** A server certificate for `names` (host names and addresses), signed by the authority. */
export async function issueLeaf(authority: CertificateAndKey, names: readonly string[], nowMs: number, random: RandomSource): Promise<CertificateAndKey> {
  const issuer = new X509Certificate(authority.certificate)
  const signingKey = await importKey(authority.privateKey)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: makeSerial(random),
      subject: 'CN=Coffer, O=Coffer',
      issuer: issuer.subject,
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(Math.min(nowMs + leafLifeMs, issuer.notAfter.getTime())),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
        new SubjectAlternativeNameExtension(names.map((name) => ({ type: isIpAddress(name) ? ('ip' as const) : ('dns' as const), value: name })), false),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: toPem(certificate), privateKey: await exportKey(keys.privateKey) }
}

/** SHA-256 over the certificate, as clients show it: upper-case hex pairs with colons. */
export function formatFingerprint(certificatePem: string): string {
  const digest = createHash('sha256').update(new NodeCertificate(certificatePem).raw).digest('hex').toUpperCase()
  return digest.match(/../g)?.join(':') ?? ''
}

/** 16 random bytes, positive and without a leading zero (RFC 5280 §4.1.2.2). */
function makeSerial(random: RandomSource): string {
  const bytes = random.bytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return formatHex(bytes)
}

function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const lines = der.toString('base64').match(/.{1,64}/g)?.join('\n') ?? ''
  der.fill(0)
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}
