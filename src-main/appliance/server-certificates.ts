// The certificates that this program's servers show: they follow the authority's key into the barrier and out of it, changed names and
// dates, and a certificate that the owner brings.
import type { Logger } from '../base/logger.ts'
import type { CertificatePort } from '../console/index.ts'
import type { Trust } from '../trust/index.ts'
import type { ApplianceCore } from './appliance.ts'
import { replaceCertificate, type Listener } from './listeners.ts'

const checkMs = 60_000

export class ServerCertificates {
  readonly #trust: Trust
  readonly #logger: Logger
  readonly #listeners: Listener[] = []

  constructor(trust: Trust, logger: Logger) {
    this.#trust = trust
    this.#logger = logger
  }

  /** As the console sees them. */
  get port(): CertificatePort {
    const trust = this.#trust
    return {
      authorityCertificate: () => trust.authorityCertificate(),
      status: () => trust.status(),
      checkOwn: (certificatePem, privateKeyPem) => trust.checkOwn(certificatePem, privateKeyPem),
      installOwn: async (certificatePem, privateKeyPem) => { this.#show(await trust.installOwn(certificatePem, privateKeyPem)) },
    }
  }

  /** This one shows each new certificate from now on. */
  add(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Until the result is called. */
  follow(core: ApplianceCore): () => void {
    let attached = false
    const look = (): void => {
      const secrets = core.secrets('trust/')
      if ((secrets !== undefined) === attached) return
      attached = secrets !== undefined
      if (secrets === undefined) this.#trust.detachSecrets()
      else this.#after(this.#trust.attachSecrets(secrets))
    }
    const endWatch = core.watch(look)
    look()
    const timer = setInterval(() => { this.#after(this.#trust.refresh()) }, checkMs)
    timer.unref()
    return () => {
      endWatch()
      clearInterval(timer)
    }
  }

  #after(changed: Promise<boolean>): void {
    changed.then(
      (isNew) => { this.#show(isNew) },
      (error: unknown) => { this.#logger.error('certificates', { reason: error instanceof Error ? error.message : 'unknown' }) },
    )
  }

  #show(isNew: boolean): void {
    if (isNew) for (const { server } of this.#listeners) replaceCertificate(server, this.#trust.certificate())
  }
}
