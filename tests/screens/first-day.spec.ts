// The first day with Coffer, as its owner lives it: a wizard by keyboard only, a real client with the pasted settings, a restart, two people
// who open the store together, five hundred files and a large one, a drive that is pulled and comes back.
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { expectOk, findClient, runTool, sha256OfFile } from '../support/client-tools.ts'
import { ConsolePage, operatorPassword } from '../support/console-page.ts'
import { TestAppliance } from '../support/test-appliance.ts'

const largeBytes = 2 * 1024 ** 3
const folder = mkdtempSync(join(tmpdir(), 'coffer-first-day-'))
const shares: string[] = []
let store: TestAppliance

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  store = new TestAppliance({ drives: 4, production: true })
  await store.start()
})
test.afterAll(async () => {
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

// What the store says of itself, beside a failure.
test.afterEach(async () => {
  if (test.info().status === test.info().expectedStatus) return
  const told = await store.call('drives.list', {}).catch((error: unknown) => error)
  process.stdout.write(`${JSON.stringify(told)}\n`)
})

async function setUpCode(): Promise<string> {
  return ((await store.call('setup.code', {})).value as { code: string }).code
}

/** The code of the machine, where the page asks for it. */
async function passCodeGate(owner: ConsolePage): Promise<void> {
  await owner.page.locator('[data-testid="setup.codeGate"], [data-testid="setup.step"]').first().waitFor()
  if (!(await owner.at('setup.codeGate').isVisible())) return
  await owner.type('setup.code', await setUpCode())
  await owner.page.keyboard.press('Enter')
}

async function isAtStep(owner: ConsolePage, step: string): Promise<void> {
  await expect(owner.at('setup.step')).toHaveAttribute('data-step', step)
}

test('the wizard, by keyboard only: twelve decisions at most, no secret shown twice', async ({ browser }) => {
  let owner = await ConsolePage.open(browser, store)
  let decisions = 0
  await expect(owner.at('setup.codeGate')).toBeVisible()
  await owner.picture('setup-code')
  await owner.expectAccessible('set-up code')
  await owner.type('setup.code', await setUpCode())
  await owner.page.keyboard.press('Enter')

  await isAtStep(owner, 'name')
  await owner.tabTo('setup.name')
  await owner.page.keyboard.press('ControlOrMeta+a')
  await owner.page.keyboard.type('my studio!')
  await owner.page.keyboard.press('Enter')
  await expect(owner.at('setup.name.suggestion')).toBeVisible()
  await owner.picture('setup-name-refused')
  await owner.press('setup.name.suggestion')
  await owner.tabTo('setup.name')
  await owner.page.keyboard.press('Enter')
  decisions++

  await isAtStep(owner, 'drives')
  // The four that were configured are chosen already.
  for (const number of [1, 2, 3, 4]) await expect(owner.at(`setup.drives.choose.${number}`)).toBeChecked()
  await owner.picture('setup-drives')
  await owner.expectAccessible('drives')
  await owner.press('setup.continue')
  decisions++

  await isAtStep(owner, 'protection')
  await expect(owner.at('setup.usable')).toBeVisible()
  await owner.press('setup.whatIf.1', 'Space')
  await owner.press('setup.whatIf.3', 'Space')
  await expect(owner.at('setup.whatIf.outcome')).toHaveAttribute('data-health', /at-risk|read-only/)
  await owner.picture('setup-protection')
  await owner.expectAccessible('protection')
  await owner.press('setup.continue')
  decisions++

  await isAtStep(owner, 'network')
  await owner.picture('setup-network')
  await owner.expectAccessible('network')

  // A reload in the middle loses nothing.
  await owner.page.reload()
  await passCodeGate(owner)
  await isAtStep(owner, 'network')
  await owner.press('setup.continue')
  decisions++

  // The recommended protection is still chosen, though the page was loaded anew.
  await expect(owner.at('setup.summary')).toContainText('survives 1 lost drive')
  await isAtStep(owner, 'shares')
  await expect(owner.at('setup.sentence')).toBeVisible()
  await owner.picture('setup-shares')
  await owner.expectAccessible('shares')
  await owner.press('setup.continue')
  decisions++

  await isAtStep(owner, 'cards')
  await owner.picture('setup-card-hidden')
  await owner.expectAccessible('a card')
  for (let number = 1; ; number++) {
    await owner.press('shares.reveal')
    await expect(owner.at('shares.secret')).toHaveAttribute('data-revealed', 'true')
    if (number === 1) await owner.picture('setup-card-revealed')
    await owner.press('shares.copy')
    shares.push(await owner.clipboard())
    await owner.press('setup.continue')
    if (await owner.at('shares.card.' + String(number + 1)).isVisible().catch(() => false)) continue
    if ((await owner.at('setup.step').getAttribute('data-step')) === 'prove') break
  }
  expect(shares.length).toBeGreaterThanOrEqual(3)

  // Killed before the proof: the cards are gone, the ones in hand are enough.
  await owner.close()
  await store.kill()
  await store.start()
  owner = await ConsolePage.open(browser, store)
  await passCodeGate(owner)
  await isAtStep(owner, 'prove')
  await expect(owner.at('setup.cardsLost')).toBeVisible()
  expect(await owner.page.content()).not.toContain(shares[0])
  await owner.picture('setup-prove')
  await owner.expectAccessible('proof')
  await owner.type('shares.prove', 'this is not a share')
  await owner.page.keyboard.press('Enter')
  await expect(owner.at('shares.prove.verdict')).not.toBeEmpty()
  for (const share of shares) {
    if (await owner.at('setup.proven').isVisible().catch(() => false)) break
    await owner.tabTo('shares.prove')
    await owner.page.keyboard.type(share)
    await owner.page.keyboard.press('Enter')
    await expect(owner.at('shares.prove')).toHaveValue('')
    await owner.page.waitForTimeout(400)
  }
  await expect(owner.at('setup.proven')).toBeVisible({ timeout: 60_000 })
  await owner.picture('setup-proven')
  await owner.press('setup.continue')
  decisions++

  await isAtStep(owner, 'administrator')
  await owner.type('setup.password', operatorPassword)
  await owner.picture('setup-administrator')
  await owner.expectAccessible('administrator')
  await owner.page.keyboard.press('Enter')
  decisions++

  await isAtStep(owner, 'encryption')
  await owner.picture('setup-encryption')
  await owner.expectAccessible('encryption')
  await owner.press('setup.continue')
  decisions++

  await isAtStep(owner, 'bucket')
  await owner.tabTo('setup.bucket')
  await owner.page.keyboard.press('ControlOrMeta+a')
  await owner.page.keyboard.type('backups')
  await owner.page.keyboard.press('Enter')
  decisions++

  await isAtStep(owner, 'done')
  await expect(owner.at('setup.firstClient')).toHaveAttribute('data-seen', 'false')
  await expect(owner.at('connect.snippet')).toBeVisible()
  await owner.picture('setup-done')
  await owner.expectAccessible('done')
  expect(decisions).toBeLessThanOrEqual(12)

  // The settings as they are pasted, with the secret that copying puts in.
  await owner.at('connect.snippet.copy').click()
  const settings = await owner.clipboard()
  if (findClient('aws') !== undefined) {
    writeFileSync(join(folder, 'hello.txt'), 'the first object')
    writeFileSync(join(folder, 'coffer-ca.crt'), readFileSync(store.authorityFile))
    const lines = settings.replace(/AWS_CA_BUNDLE=\S+/, `AWS_CA_BUNDLE=${join(folder, 'coffer-ca.crt')}`).replaceAll(/https:\/\/[^\s/]+/g, store.endpoint).replace('FILE', join(folder, 'hello.txt'))
    await expectOk(runTool('/bin/sh', ['-eu', '-c', lines], { HOME: folder }))
    await expect(owner.at('setup.firstClient')).toHaveAttribute('data-seen', 'true', { timeout: 10_000 })
    await owner.picture('setup-first-client')
  }
  await owner.press('setup.continue')
  await expect(owner.at('dashboard.health')).toBeVisible()
  owner.expectQuiet()
  await owner.close()
})

test('after a restart two browsers open it together, a wrong share between', async ({ browser }) => {
  await store.kill('SIGTERM')
  await store.start()
  const one = await ConsolePage.open(browser, store)
  const two = await ConsolePage.open(browser, store, '/', { widthPx: 360, appearance: 'dark' })
  await expect(one.at('unseal')).toHaveAttribute('data-state', 'sealed')
  await one.picture('unseal-sealed')
  await two.picture('unseal-sealed-dark-360')
  await one.expectAccessible('unseal')
  await two.expectAccessible('unseal at 360 px, dark')
  // Before anybody knows a share: the name and that it is sealed, nothing else.
  const content = await one.page.content()
  expect(content).not.toContain('backups')
  for (const drive of store.drives) expect(content).not.toContain(drive)

  await one.type('unseal.share', shares[0] ?? '')
  await one.page.keyboard.press('Enter')
  await expect(two.at('unseal.accepted.1')).toBeVisible()
  await expect(one.at('unseal.attempt')).toHaveText((await two.at('unseal.attempt').textContent()) ?? '?')
  const typo = (shares[1] ?? '').split('')
  const place = Math.floor(typo.length / 2)
  typo[place] = typo[place] === 'a' ? 'b' : 'a'
  await two.type('unseal.share', typo.join(''))
  await two.page.keyboard.press('Enter')
  await expect(two.at('unseal.share.verdict')).not.toBeEmpty()
  await two.picture('unseal-typing-error-dark-360')
  await expect(two.at('unseal.share')).toHaveValue('')
  await two.type('unseal.share', shares[1] ?? '')
  await two.page.keyboard.press('Enter')
  for (const viewer of [one, two]) await expect(viewer.at('signIn')).toBeVisible({ timeout: 60_000 })
  await one.picture('sign-in')
  await one.expectAccessible('sign-in')
  await one.type('signIn.password', 'not the password')
  await one.page.keyboard.press('Enter')
  await expect(one.at('signIn.password')).toHaveAttribute('aria-invalid', 'true')
  await one.picture('sign-in-refused')
  await one.signIn()
  await expect(one.at('dashboard.health')).toBeVisible()
  one.expectQuiet()
  await one.close()
  await two.close()
})

test('five hundred files, and one of 2 GiB with a pause and a retry, arrive whole', async ({ browser }) => {
  test.setTimeout(480_000)
  const owner = await ConsolePage.open(browser, store)
  await owner.signIn()
  await owner.page.goto(`https://127.0.0.1:${store.consolePort}/#/buckets/backups`)
  const many = join(folder, 'many')
  mkdirSync(many)
  const paths = Array.from({ length: 500 }, (_, index) => {
    const path = join(many, `file-${String(index).padStart(3, '0')}.bin`)
    writeFileSync(path, createHash('sha256').update(String(index)).digest().subarray(0, 1 + (index % 32)))
    return path
  })
  await owner.at('objects.filesInput').setInputFiles(paths)
  await expect(owner.at('transfers.files')).toContainText('500 files uploaded', { timeout: 120_000 })
  await owner.picture('objects-uploaded')

  const large = join(folder, 'large.bin')
  const handle = openSync(large, 'w')
  for (let at = 0; at < largeBytes; at += 64 * 1024 ** 2) writeSync(handle, Buffer.from(`block ${at}`), 0, undefined, at)
  writeSync(handle, Buffer.from([1]), 0, 1, largeBytes - 1)
  closeSync(handle)
  await owner.at('transfers.clear').click()
  await owner.at('objects.filesInput').setInputFiles(large)
  const row = owner.page.locator('[data-testid^="transfers.row."]').first()
  await expect(row).toHaveAttribute('data-status', 'running')
  await row.locator('[data-testid^="transfers.pause."]').click()
  await expect(row).toHaveAttribute('data-status', 'paused')
  await owner.picture('upload-paused')
  await owner.expectAccessible('object browser with an upload')
  // The line breaks until the page gives up, then a person tries again.
  await owner.page.route(/\/files\/.*part=/, (route) => route.abort('connectionreset'))
  await row.locator('[data-testid^="transfers.resume."]').click()
  await expect(row).toHaveAttribute('data-status', 'failed', { timeout: 120_000 })
  await owner.picture('upload-failed')
  await owner.page.unroute(/\/files\/.*part=/)
  await row.locator('[data-testid^="transfers.retry."]').click()
  await expect(owner.at('transfers.files')).toContainText('1 file uploaded', { timeout: 300_000 })

  const listed = await store.client().send('GET', 'backups', undefined, { query: { 'list-type': '2', 'max-keys': '1000' } })
  expect(listed.body.toString().match(/<Key>/g)).toHaveLength(502)
  const download = owner.page.waitForEvent('download', { timeout: 60_000 })
  await owner.page.reload()
  await owner.at('objects.search').fill('large')
  await owner.page.getByText('large.bin').first().click()
  await expect(owner.at('objects.receipt')).toContainText('AES-256-GCM')
  await owner.picture('object-details')
  await owner.expectAccessible('details of an object')
  await owner.at('objects.download').click()
  const saved = await (await download).path()
  expect(await sha256OfFile(saved)).toBe(await sha256OfFile(large))
  owner.expectQuiet()
  await owner.close()
})

test('a drive pulled while the page is open shows within five seconds; put back, it is whole again', async ({ browser }) => {
  const owner = await ConsolePage.open(browser, store)
  await owner.signIn()
  await owner.page.goto(`https://127.0.0.1:${store.consolePort}/#/drives`)
  await expect(owner.at('drives.table')).toBeVisible()
  await expect(owner.page.locator('[data-testid^="drives.row."]')).toHaveCount(4)
  await owner.picture('drives')
  await owner.expectAccessible('drives')
  store.removeDrive(2)
  const pulledMs = Date.now()
  await expect(owner.at('frame.state')).toHaveAttribute('data-state', /degraded|at-risk/, { timeout: 5000 })
  test.info().annotations.push({ type: 'measured', description: `a pulled drive was shown after ${Date.now() - pulledMs} ms` })
  await owner.picture('drives-degraded')
  await owner.expectAccessible('drives, degraded')
  await owner.page.goto(`https://127.0.0.1:${store.consolePort}/#/`)
  await expect(owner.at('dashboard.health')).toBeVisible()
  await owner.picture('dashboard-degraded')
  await owner.close()
  await store.client().send('PUT', 'backups', 'while-away', { body: Buffer.from('written with three drives') })

  store.returnDrive(2)
  await store.kill('SIGTERM')
  await store.start()
  for (const share of shares) if ((await store.submitShare(share)) === 'opened') break
  await store.healed()
  const again = await ConsolePage.open(browser, store)
  await again.signIn()
  await expect(again.at('frame.state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 })
  await again.picture('dashboard-healed')
  await again.close()
})
