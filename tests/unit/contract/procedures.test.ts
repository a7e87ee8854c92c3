// The map of procedures: who may call what is a decision, so it stands here as a table too.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clientNames } from '../../../src-main/contract/connect.ts'
import { formatSnippet, formatTrustSteps } from '../../../src-main/contract/client-snippets.ts'
import { isProcedureName, procedures } from '../../../src-main/contract/procedures.ts'

describe('the procedures', () => {
  it('are open to just these callers', () => {
    expect(Object.fromEntries(Object.entries(procedures).map(([name, { caller }]) => [name, caller]))).toEqual({
      'state.get': 'anyone', 'unseal.submitShare': 'anyone', 'unseal.status': 'anyone', 'unseal.reset': 'anyone', 'operator.signIn': 'anyone', 'operator.signOut': 'anyone',
      'setup.checkDrives': 'setup-code', 'setup.findDrives': 'setup-code', 'setup.layout': 'setup-code', 'setup.network': 'setup-code', 'setup.ownCertificate': 'setup-code',
      'setup.draft.get': 'setup-code', 'setup.draft.save': 'setup-code', 'setup.create': 'setup-code', 'setup.startOver': 'setup-code', 'setup.finish': 'setup-code',
      'setup.code': 'local', 'operator.setPassword': 'local',
      seal: 'operator', 'drives.list': 'operator', 'buckets.list': 'operator', 'buckets.create': 'operator', 'buckets.delete': 'operator',
      'operator.replaceRoot': 'operator', 'connect.settings': 'operator', 'encryption.get': 'operator', 'encryption.set': 'operator',
      'objects.list': 'operator', 'objects.describe': 'operator', 'objects.delete': 'operator', 'objects.upload.create': 'operator', 'objects.upload.parts': 'operator',
      'objects.upload.complete': 'operator', 'objects.upload.abort': 'operator',
    })
  })

  it('refuse fields that they do not know, and names from the prototype', () => {
    for (const [name, { input }] of Object.entries(procedures)) expect(input.safeParse({ surprise: 1 }).success, name).toBe(false)
    expect(['toString', '__proto__', 'constructor', 'state.none'].filter(isProcedureName)).toEqual([])
  })

  it.each([
    ['a name with a space', { name: 'my store' }],
    ['a name that ends in a hyphen', { name: 'store-' }],
    ['no drive', { drives: [] }],
    ['no share', { shares: 0 }],
    ['half a share', { shares: 2.5 }],
    ['a label with a line break', { labels: ['a\nb'] }],
    ['a root secret that is too short', { rootSecret: '1234567' }],
  ])('refuse set-up with %s', (_title, change) => {
    const good = { name: 'studio', drives: ['/mnt/1'], shares: 3, threshold: 2 }
    expect(procedures['setup.create'].input.safeParse(good).success).toBe(true)
    expect(procedures['setup.create'].input.safeParse({ ...good, ...change }).success).toBe(false)
  })
})

describe('the contract', () => {
  it('imports nothing but zod and itself, since it runs in a browser', () => {
    const folder = join(import.meta.dirname, '../../../src-main/contract')
    const imported = readdirSync(folder).flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? ''))
    expect(imported.filter((name) => name !== 'zod' && !name.startsWith('./'))).toEqual([])
    expect(imported.length).toBeGreaterThan(10)
  })
})

describe('settings of clients', () => {
  const facts = { endpoint: 'https://studio.local:9000', region: 'us-east-1', accessKeyId: 'CFROOT', bucket: 'photos', caFile: '/home/me/my ca.crt', consoleUrl: 'https://studio.local:9001', fingerprint: 'AA:BB' }

  it.each(clientNames)('for %s name endpoint, user and authority, and never a secret', (client) => {
    const text = formatSnippet(client, facts)
    expect(text).toContain('studio.local:9000')
    expect(text).toContain('CFROOT')
    expect(text).toContain('my ca.crt')
    expect(text).toContain('photos')
    expect(text).not.toMatch(/\{\w+\}/)
    expect(formatSnippet(client, { ...facts, caFile: undefined })).not.toMatch(/ca\.crt|cacert|CA_BUNDLE|verify=/)
  })

  it('quote a path with spaces where a shell reads it', () => {
    expect(formatSnippet('aws', facts)).toContain("AWS_CA_BUNDLE='/home/me/my ca.crt'\n")
    expect(formatSnippet('restic', { ...facts, caFile: 'coffer-ca.crt' })).toContain('restic --cacert coffer-ca.crt init')
  })

  it('say how to fetch the authority and what its fingerprint must be', () => {
    expect(formatTrustSteps(facts)).toContain('https://studio.local:9001/coffer-ca.crt')
    expect(formatTrustSteps(facts)).toContain('must be AA:BB')
    expect(formatTrustSteps({ ...facts, caFile: undefined })).toBe('')
  })
})
