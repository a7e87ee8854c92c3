// The names and addresses under which clients reach this machine: what a server certificate has to cover.
import { hostname, networkInterfaces } from 'node:os'

const namesMax = 64

/** Host name, its `.local` form, localhost, loopback, every interface address, then `extra` (S3 domains). Sorted, each once. */
export function listServerNames(extra: readonly string[] = []): string[] {
  const host = hostname().toLowerCase()
  const names = new Set(['localhost', '127.0.0.1', '::1'])
  if (isDnsName(host)) {
    names.add(host)
    const first = host.split('.')[0] ?? host
    names.add(`${first}.local`)
  }
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) {
      // Link-local IPv6 has a zone, which no certificate can carry.
      if (!address.includes('%') && !address.toLowerCase().startsWith('fe80:')) names.add(address.toLowerCase())
    }
  }
  for (const name of extra) {
    if (isIpAddress(name)) names.add(name.toLowerCase())
    else if (isDnsName(name)) for (const form of [name, `*.${name}`]) names.add(form.toLowerCase())
  }
  return [...names].sort().slice(0, namesMax)
}

export function isIpAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || (name.includes(':') && /^[0-9a-fA-F:.]+$/.test(name))
}

export function isDnsName(name: string): boolean {
  return name.length <= 253 && /^(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(name)
}
