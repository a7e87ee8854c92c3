// Area setup, network: addresses and certificate, and putting an own certificate in place.
import type { NetworkReport } from '../../contract/setup-network.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'
import { ConsoleError } from '../errors.ts'

export function setupNetworkHandlers(services: ConsoleServices): Handlers<'setup.network' | 'setup.ownCertificate'> {
  return {
    'setup.network': () => describeNetwork(services),
    'setup.ownCertificate': async ({ certificatePem, privateKeyPem, checkOnly }) => {
      const { certificates } = services
      if (certificates === undefined) throw new ConsoleError('wrong-state', 'This console has no certificates.', { hint: 'Look at: coffer status' })
      const checks = certificates.checkOwn(certificatePem, privateKeyPem).map((check) => ({ ...check }))
      const written = !checkOnly && checks.every(({ ok }) => ok)
      if (written) await certificates.installOwn(certificatePem, privateKeyPem)
      return { checks, written }
    },
  }
}

function describeNetwork({ site, certificates }: ConsoleServices): NetworkReport {
  const { addresses, listeners, s3Tls } = site.network()
  const status = certificates?.status()
  return withoutUndefined({
    storeHostNames: [...site.hostNames()].filter((name) => /[a-z]/i.test(name) && !name.includes(':') && !name.startsWith('*.')).sort(byUsefulness),
    addresses: addresses.map((address) => ({ ...address })),
    listeners: listeners.map((listener) => withoutUndefined({ ...listener })),
    certificate:
      status === undefined
        ? undefined
        : { kind: status.kind, authorityFingerprint: status.authorityFingerprint, daysLeft: status.daysLeft, problems: [...status.problems], names: [...status.names] },
    tls: !s3Tls ? ('off' as const) : (status?.kind ?? 'lan-authority'),
  })
}

/** `.local` names work without a name server; localhost only here. */
function byUsefulness(one: string, other: string): number {
  const rank = (name: string): number => (name.endsWith('.local') ? 0 : name === 'localhost' ? 2 : 1)
  return rank(one) - rank(other) || one.localeCompare(other)
}
