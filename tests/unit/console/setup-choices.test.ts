// Choosing drives, network and certificate in set-up, and the draft that survives a reload, over HTTP.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '../../support/manual-clock.ts'
import { openFakeAppliance, type FakeAppliance } from './fake-appliance.ts'
import { callHeaders, send, type Answer } from './http-client.ts'

let appliance: FakeAppliance
let server: Server
let port: number
beforeEach(async () => {
  appliance = openFakeAppliance({ clock: manualClock() })
  server = createServer()
  appliance.console.attach(server, 'network')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  appliance.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const call = (name: string, input: unknown = {}): Promise<Answer> =>
  send({ port }, `/api/${name}`, { method: 'POST', headers: callHeaders({ 'x-coffer-setup-code': appliance.console.setUpCode }), body: JSON.stringify(input) })
const password = 'correct horse battery'

async function open(): Promise<void> {
  const made = await call('setup.create', { name: 'studio', drives: ['/mnt/1'], shares: 1, threshold: 1 })
  await call('unseal.submitShare', { share: (made.value['cards'] as { card: string }[])[0]?.card })
}

describe('choices of set-up', () => {
  it.each(['setup.findDrives', 'setup.layout', 'setup.network', 'setup.ownCertificate', 'setup.draft.get', 'setup.draft.save'])('are nobody else\'s: %s needs the code, and ends with set-up', async (name) => {
    expect((await send({ port }, `/api/${name}`, { method: 'POST', headers: callHeaders(), body: '{}' })).value['code']).toBe('set-up-code-needed')
    await open()
    await call('setup.finish', { operatorPassword: password })
    expect((await call(name)).value['code']).toBe('administrator-exists')
  })

  it('of drives are told with their warnings in words, an impossible parity is refused', async () => {
    expect((await call('setup.findDrives')).value['candidates']).toMatchObject([{ path: '/mnt/1', fileSystem: 'ext4' }, { warnings: [{ code: 'folder', text: expect.stringContaining('folder') as string }] }])
    expect((await call('setup.checkDrives', { paths: ['/mnt/new', '/far/away'] })).value['drives']).toMatchObject([
      { usable: true, warnings: [{ code: 'not-there', text: 'This folder does not exist yet. It will be made.' }] },
      { usable: false, warnings: [{ code: 'not-there', text: 'There is no such folder, and none can be made here.' }] },
    ])
    expect((await call('setup.layout', { drives: ['/a', '/b', '/c'], parity: 2 })).value['code']).toBe('bad-input')
    expect((await call('setup.layout', { drives: ['/a', '/b', '/c'] })).value).toMatchObject({ parityMax: 1, drives: [{ device: '/a' }, {}, {}] })
  })

  it('show names and addresses under which the machine is reached, and what the certificate covers', async () => {
    expect((await call('setup.network')).value).toEqual({
      storeHostNames: ['studio.local', 'studio'], addresses: [{ interfaceName: 'eth0', address: '192.0.2.3' }],
      listeners: [{ name: 's3', address: '0.0.0.0', port: 9000, state: 'listening' }],
      certificate: { kind: 'lan-authority', authorityFingerprint: 'AA:BB:CC', daysLeft: 397, problems: [], names: ['studio.local', '192.0.2.3'] }, tls: 'lan-authority',
    })
  })

  it('put a certificate in place only when every check is right and it was asked for', async () => {
    const pem = '-----BEGIN CERTIFICATE-----'
    expect((await call('setup.ownCertificate', { certificatePem: 'rubbish', privateKeyPem: 'key', checkOnly: false })).value).toMatchObject({ checks: [{ code: 'readable', ok: false }], written: false })
    expect((await call('setup.ownCertificate', { certificatePem: pem, privateKeyPem: 'key', checkOnly: true })).value['written']).toBe(false)
    expect(appliance.store.installed).toBeUndefined()
    expect((await call('setup.ownCertificate', { certificatePem: pem, privateKeyPem: 'key', checkOnly: false })).value['written']).toBe(true)
    expect(appliance.store.installed).toBe(pem)
  })
})

describe('the draft of set-up', () => {
  it('takes no field that could hold a secret', async () => {
    for (const secret of [{ operatorPassword: 'x' }, { rootSecret: 'x' }, { cards: [] }]) expect((await call('setup.draft.save', { draft: { step: 'admin', ...secret } })).value['code']).toBe('bad-input')
    expect(appliance.store.draft).toBeUndefined()
  })

  it('counts as none when it is not what was saved', async () => {
    appliance.store.draft = { step: 5 }
    expect((await call('setup.draft.get')).value).toEqual({})
  })

  it('comes back after a reload and is gone when set-up is finished', async () => {
    const draft = { step: 'shares', name: 'stud', drives: ['/mnt/1'], parity: 0, shares: 3, threshold: 2, labels: ['owner'] }
    expect((await call('setup.draft.save', { draft })).status).toBe(200)
    expect((await call('setup.draft.get')).value).toEqual({ draft })
    await open()
    expect((await call('setup.draft.get')).value).toEqual({ draft })
    await call('setup.finish', { operatorPassword: password })
    expect(appliance.store.draft).toBeUndefined()
  })
})

describe('the end of set-up', () => {
  it('says what is so, not what was asked for', async () => {
    await open()
    appliance.store.setEncryptByDefault = async () => undefined
    expect((await call('setup.finish', { operatorPassword: password, encryptByDefault: false })).value['checklist']).toEqual({ encrypted: true, provenShares: 1, shareCount: 1, tls: true, firstRequestSeen: false })
  })

  it('turns encryption off only when asked to', async () => {
    await open()
    expect((await call('setup.finish', { operatorPassword: password, encryptByDefault: false })).value['checklist']).toMatchObject({ encrypted: false })
    expect(appliance.store.encryptByDefault).toBe(false)
  })
})
