// Where this installation is reached: URLs for people, addresses of the machine, what listens.
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { NetworkFacts, SitePort } from '../console/index.ts'
import { listServerNames } from '../trust/index.ts'
import type { Config } from './config-schema.ts'

const addressesMax = 64

export interface Site extends SitePort {
  /** The ports that were really opened. */
  readonly ports: { s3: number | undefined; console: number | undefined }
}

export function openSite(config: Config, version: string): Site {
  const ports: Site['ports'] = { s3: undefined, console: undefined }
  return {
    ports,
    version,
    region: config.region,
    authorityFile: join(config.stateFolder, 'certs', 'CAs', 'coffer-ca.crt'),
    endpoints: () => ({
      s3: `${config.tls === 'off' ? 'http' : 'https'}://${advertisedHost(config.s3.host)}:${ports.s3 ?? config.s3.port}`,
      console: `https://${advertisedHost(config.console.host)}:${ports.console ?? config.console.port}`,
    }),
    hostNames: () => listServerNames(config.domains),
    network: () => ({ addresses: listAddresses(), listeners: [describe('s3', config.s3, ports.s3), describe('console', config.console, ports.console)], s3Tls: config.tls !== 'off' }),
  }
}

function describe(name: 's3' | 'console', { host, port }: Config['s3'], opened: number | undefined): NetworkFacts['listeners'][number] {
  return { name, address: host, port: opened ?? port, state: opened === undefined ? 'off' : 'listening' }
}

/** Those that other machines can use. */
function listAddresses(): NetworkFacts['addresses'] {
  return Object.entries(networkInterfaces())
    .flatMap(([interfaceName, addresses]) => (addresses ?? []).map(({ address, internal }) => ({ interfaceName, address, internal })))
    .filter(({ address, internal }) => !internal && !address.includes('%') && !address.toLowerCase().startsWith('fe80:'))
    .slice(0, addressesMax)
    .map(({ interfaceName, address }) => ({ interfaceName, address }))
}

/** What people type: the machine's own name where it listens everywhere. */
function advertisedHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return listServerNames().find((name) => name.endsWith('.local')) ?? 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
