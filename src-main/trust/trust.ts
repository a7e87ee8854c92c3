// Which certificate the servers show, and the authority behind it. The server's key lies outside the barrier, so that the unseal page is
// HTTPS; the authority's key lies in a 0600 file only until the store has opened once, and in the barrier from then on.
import { X509Certificate } from 'node:crypto'
import { decodeUtf8, encodeUtf8 } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { RandomSource } from '../base/random.ts'
import type { SecretStore } from '../seams/secret-store.ts'
import { certificateFilesIn, prepareFolder, readPem, wipeFile, writePem, type CertificateFiles } from './certificate-files.ts'
import { formatFingerprint, issueLeaf, makeAuthority, type CertificateAndKey } from './lan-authority.ts'
import { listCertificateChecks, type CertificateCheck } from './own-certificate-checks.ts'
import { checkOwnCertificate } from './own-certificate.ts'
import { formatPair, parsePair } from './pem.ts'
import { isIpAddress } from './server-names.ts'
import { TrustError } from './trust-error.ts'

export interface TrustParts {
  /** `<state>/certs`. */
  readonly folder: string
  /** Asked again at each refresh: addresses change. */
  readonly names: () => readonly string[]
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
}

export interface TrustStatus {
  readonly kind: 'own' | 'lan-authority'
  /** SHA-256 of the authority's certificate, hex pairs with colons. */
  readonly authorityFingerprint: string
  /** Of the certificate that is shown. */
  readonly notAfterMs: number
  readonly daysLeft: number
  readonly names: readonly string[]
  /** One line each, with the repair. */
  readonly problems: readonly string[]
}

export interface Trust {
  /** For TLS servers. */
  certificate(): CertificateAndKey
  /** PEM, for clients to trust. */
  authorityCertificate(): string
  status(): TrustStatus
  /**
   * After every opening: the authority's key moves into the barrier and its file is wiped, or, on a machine that lost its state folder,
   * the one from the barrier takes over again. True when servers must show another certificate. Faults: authority-damaged, folder-not-usable, and the store's.
   */
  attachSecrets(secrets: SecretStore): Promise<boolean>
  /** On sealing: the authority's key is forgotten. */
  detachSecrets(): void
  /** Every check that could be made of an owner's certificate. Nothing is written. */
  checkOwn(certificatePem: string, privateKeyPem: string): readonly CertificateCheck[]
  /** Writes an owner's certificate and key, then looks again: true when servers must show another certificate. Faults: folder-not-usable. */
  installOwn(certificatePem: string, privateKeyPem: string): Promise<boolean>
  /** Looks again at names, dates and own certificate. True when servers must show another certificate. */
  refresh(): Promise<boolean>
}

const authorityPath = 'lan-authority'
const renewBeforeMs = 30 * 86_400_000
const dayMs = 86_400_000

/** Reads or makes what is needed for the first handshake. Faults: folder-not-usable. */
export async function openTrust(parts: TrustParts): Promise<Trust> {
  prepareFolder(parts.folder)
  const trust = new LanTrust(parts)
  await trust.refresh()
  return trust
}

class LanTrust implements Trust {
  readonly #parts: TrustParts
  readonly #files: CertificateFiles
  /** With its key: from the file before the first opening, from the barrier while open, else undefined. */
  #authority: CertificateAndKey | undefined
  #leaf: CertificateAndKey | undefined
  #authorityCertificate = ''
  #own: CertificateAndKey | undefined
  #problems: readonly string[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: TrustParts) {
    this.#parts = parts
    this.#files = certificateFilesIn(parts.folder)
    this.#authority = parsePair(readPem(this.#files.authority))
  }

  certificate(): CertificateAndKey {
    const shown = this.#own ?? this.#leaf
    if (shown === undefined) throw new TrustError('folder-not-usable', 'There is no server certificate.')
    return shown
  }

  authorityCertificate(): string {
    return this.#authorityCertificate
  }

  status(): TrustStatus {
    const shown = new X509Certificate(this.certificate().certificate)
    const notAfterMs = Date.parse(shown.validTo)
    return {
      kind: this.#own === undefined ? 'lan-authority' : 'own',
      authorityFingerprint: formatFingerprint(this.#authorityCertificate),
      notAfterMs,
      daysLeft: Math.floor((notAfterMs - this.#parts.clock.nowMs()) / dayMs),
      names: namesIn(shown),
      problems: this.#problems,
    }
  }

  attachSecrets(secrets: SecretStore): Promise<boolean> {
    return this.#inTurn(async () => {
      const stored = await readAuthority(secrets)
      if (stored === undefined) await this.#moveIn(secrets)
      else this.#authority = stored
      wipeFile(this.#files.authority)
      return this.#refresh()
    })
  }

  detachSecrets(): void {
    this.#authority = undefined
    // Also after an attaching that is under way.
    void this.#inTurn(async () => { this.#authority = parsePair(readPem(this.#files.authority)) })
  }

  checkOwn(certificatePem: string, privateKeyPem: string): readonly CertificateCheck[] {
    return listCertificateChecks(certificatePem, privateKeyPem, this.#parts.names(), this.#parts.clock.nowMs())
  }

  /** Killed between the two files, they do not fit together, and the authority's certificate is shown. */
  installOwn(certificatePem: string, privateKeyPem: string): Promise<boolean> {
    return this.#inTurn(() => {
      writePem(this.#files.ownKey, privateKeyPem, 0o600)
      writePem(this.#files.ownCertificate, certificatePem, 0o644)
      return this.#refresh()
    })
  }

  refresh(): Promise<boolean> {
    return this.#inTurn(() => this.#refresh())
  }

  /** Written and read back before the file goes. */
  async #moveIn(secrets: SecretStore): Promise<void> {
    const authority = this.#authority ?? (await this.#newAuthority())
    const bytes = encodeUtf8(formatPair(authority))
    await secrets.put(authorityPath, bytes)
    bytes.fill(0)
    const back = await readAuthority(secrets)
    if (back?.privateKey !== authority.privateKey) throw new TrustError('authority-damaged', 'The authority could not be read back from the barrier.')
    this.#authority = authority
  }

  async #refresh(): Promise<boolean> {
    const before = (this.#own ?? this.#leaf)?.certificate
    await this.#refreshLeaf()
    this.#refreshOwn()
    return this.certificate().certificate !== before
  }

  async #refreshLeaf(): Promise<void> {
    const { clock, random, logger } = this.#parts
    const names = this.#parts.names()
    const leaf = this.#leaf ?? parsePair(readPem(this.#files.leaf))
    const published = this.#authority?.certificate ?? readPem(this.#files.authorityCertificate)
    const fits = leaf !== undefined && published !== undefined && isIssuedBy(leaf.certificate, published)
    const isDue = !fits || isLeafDue(leaf.certificate, names, clock.nowMs())
    if (fits && (!isDue || this.#authority === undefined)) {
      // A closed store can't re-issue: the old certificate is shown until it opens.
      this.#leaf = leaf
      this.#publish(published)
      if (isDue) logger.info('server certificate will be re-issued when the store opens')
      return
    }
    const authority = this.#authority ?? (await this.#newAuthority())
    this.#authority = authority
    this.#publish(authority.certificate)
    const issued = await issueLeaf(authority, names, clock.nowMs(), random)
    writePem(this.#files.leaf, formatPair(issued), 0o600)
    this.#leaf = issued
    logger.info('server certificate issued', { names: names.length })
  }

  /** Before the first opening nothing could encrypt its key: it lies in a file of mode 0600 until then. */
  async #newAuthority(): Promise<CertificateAndKey> {
    const authority = await makeAuthority(this.#parts.clock.nowMs(), this.#parts.random)
    writePem(this.#files.authority, formatPair(authority), 0o600)
    return authority
  }

  #publish(certificate: string): void {
    this.#authorityCertificate = certificate
    if (readPem(this.#files.authorityCertificate) !== certificate) writePem(this.#files.authorityCertificate, certificate, 0o644)
  }

  #refreshOwn(): void {
    const certificate = readPem(this.#files.ownCertificate)
    const privateKey = readPem(this.#files.ownKey)
    if (certificate === undefined && privateKey === undefined) {
      this.#own = undefined
      this.#problems = []
      return
    }
    const problems = checkOwnCertificate(certificate, privateKey, this.#parts.names(), this.#parts.clock.nowMs())
    this.#problems = problems.map((problem) => problem.message)
    const usable = !problems.some((problem) => problem.fatal)
    this.#own = usable && certificate !== undefined && privateKey !== undefined ? { certificate, privateKey } : undefined
    for (const { code, fatal } of problems) this.#parts.logger.warn('own certificate', { problem: code, used: !fatal })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

async function readAuthority(secrets: SecretStore): Promise<CertificateAndKey | undefined> {
  const bytes = await secrets.get(authorityPath)
  if (bytes === undefined) return undefined
  const authority = parsePair(decodeUtf8(bytes))
  bytes.fill(0)
  if (authority === undefined) throw new TrustError('authority-damaged', 'The authority in the barrier is damaged.')
  return authority
}

function isIssuedBy(leafPem: string, authorityPem: string): boolean {
  try {
    const [leaf, authority] = [new X509Certificate(leafPem), new X509Certificate(authorityPem)]
    return leaf.checkIssued(authority) && leaf.verify(authority.publicKey)
  } catch {
    return false
  }
}

/** Ends soon, or lacks a name that is wanted now. Names it has beyond those do no harm. */
function isLeafDue(leafPem: string, names: readonly string[], nowMs: number): boolean {
  const leaf = new X509Certificate(leafPem)
  if (Date.parse(leaf.validTo) - nowMs < renewBeforeMs) return true
  return names.some((name) => (isIpAddress(name) ? leaf.checkIP(name) === undefined : !namesIn(leaf).includes(name)))
}

function namesIn(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^(?:DNS|IP Address):/, '')).filter((entry) => entry !== '')
}
