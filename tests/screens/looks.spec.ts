// What people see: every screen in each of its states, in light and dark, on a phone and at 200 %; as pictures, checked by axe, and never
// wider than the window. The wizard's steps are pictured by first-day.
import { expect, test, type Route } from '@playwright/test'
import { ConsolePage } from '../support/console-page.ts'
import { startServedStore } from '../support/served-store.ts'
import type { TestAppliance } from '../support/test-appliance.ts'

const phonePx = 360
const size = { width: 1280, height: 860 }
const fault = { code: 'internal', message: 'The console could not do this.', hint: 'Try again. The log of Coffer says more.', requestId: '7F3A00C1' }
let store: TestAppliance
let person: ConsolePage
/** Cut: the page learns by calls, which tests can answer. */
let isLineCut = false

test.describe.configure({ mode: 'serial' })
test.beforeAll(async ({ browser }) => {
  store = await startServedStore({ drives: 4 })
  const client = store.client()
  await client.put('photos', '2024/summer/beach.jpg', Buffer.alloc(40_000, 1), { 'content-type': 'image/jpeg', 'x-amz-meta-camera': 'X100' })
  for (const name of ['readme.txt', 'notes.md', 'a name that is long enough to need more than one line in a narrow pane, and then goes on.tar.gz']) await client.put('photos', name, Buffer.from(name))
  await client.createBucket('empty')
  client.close()
  person = await ConsolePage.open(browser, store)
  await person.page.routeWebSocket('**/api/live', (socket) => {
    if (isLineCut) void socket.close()
    else socket.connectToServer()
  })
})
test.afterAll(async () => {
  await person.close()
  await store.stop()
})

async function expectNoSidewaysScroll(what: string): Promise<void> {
  const beyondPx = await person.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(beyondPx, `${what} is wider than the window`).toBe(0)
}

/** A picture, axe and the width, in each of these appearances. */
async function look(name: string, ...appearances: ('light' | 'dark')[]): Promise<void> {
  for (const appearance of appearances.length === 0 ? (['light', 'dark'] as const) : appearances) {
    await person.page.emulateMedia({ colorScheme: appearance, reducedMotion: 'reduce' })
    const what = `${name}-${appearance}`
    await person.picture(`look-${what}`)
    await person.expectAccessible(what)
    await expectNoSidewaysScroll(what)
  }
  await person.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

async function lookOnPhone(name: string, ...appearances: ('light' | 'dark')[]): Promise<void> {
  await person.page.setViewportSize({ width: phonePx, height: 780 })
  await look(`${name}-${phonePx}`, ...appearances)
  await person.page.setViewportSize(size)
}

const address = (path: string): string => `https://127.0.0.1:${store.consolePort}/#${path}`

/** As if the page were opened there. */
async function openAt(path: string, line: 'up' | 'cut' = 'up'): Promise<void> {
  isLineCut = line === 'cut'
  await person.page.goto('about:blank')
  await person.page.goto(address(path))
}

/** No more pretending. A page that asks in between would meet a route that is half gone, so it is left first. */
async function asItIs(): Promise<void> {
  await person.page.goto('about:blank')
  await person.page.unrouteAll({ behavior: 'ignoreErrors' })
}

/** The store answers as it does, but for this change. */
async function pretend(procedure: string, change: (value: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
  await person.page.route(`**/api/${procedure}`, async (route) => {
    const reply = await route.fetch()
    await route.fulfill({ response: reply, json: change((await reply.json()) as Record<string, unknown>) })
  })
}

const inside = (value: Record<string, unknown>, name: string): Record<string, unknown> => value[name] as Record<string, unknown>

/** What a screen shows while this call hangs, and when it fails. */
async function lookWithout(procedure: string, path: string, name: string, failedTestid: string): Promise<void> {
  let isHeld = true
  const held: Route[] = []
  const refuse = (route: Route): Promise<void> => route.fulfill({ status: 500, json: fault })
  const pattern = `**/api/${procedure}`
  await person.page.route(pattern, (route) => {
    if (isHeld) held.push(route)
    else void refuse(route)
  })
  await openAt(path, 'cut')
  await expect(person.page.locator('.skeleton').first()).toBeVisible()
  await person.page.waitForTimeout(400)
  await look(`${name}-loading`, 'light')
  isHeld = false
  await Promise.all(held.map(refuse))
  await expect(person.at(failedTestid)).toBeVisible()
  await look(`${name}-error`, 'dark')
  await asItIs()
}

test('nobody answers', async () => {
  await person.page.route('**/api/**', (route) => route.abort('connectionrefused'))
  await openAt('/', 'cut')
  await expect(person.at('not-reachable')).toBeVisible()
  await look('not-reachable', 'light')
  await asItIs()
})

test('sign-in: asked, refused, told to wait', async () => {
  await openAt('/')
  await expect(person.at('signIn')).toBeVisible()
  await look('sign-in')
  await lookOnPhone('sign-in', 'light')
  await person.at('signIn.password').fill('not the password')
  await person.at('signIn.submit').click()
  await expect(person.at('signIn.password')).toHaveAttribute('aria-invalid', 'true')
  await look('sign-in-refused', 'dark')
  await person.page.route('**/api/operator.signIn', (route) => route.fulfill({ status: 429, json: { ...fault, code: 'slow-down', message: 'Too many attempts.', retryAfterSeconds: 27 } }))
  await person.at('signIn.password').fill('not the password')
  await person.at('signIn.submit').click()
  await expect(person.at('signIn.wait')).toBeVisible()
  await person.at('signIn.forgotten').click()
  await look('sign-in-wait', 'light')
  await asItIs()
  await openAt('/')
  await person.signIn()
})

test('the dashboard: everything well, nothing yet, parts missing, the line cut', async () => {
  await expect(person.at('dashboard.capacity')).toBeVisible()
  await look('dashboard')
  await lookOnPhone('dashboard')
  await person.at('frame.seal').click()
  await look('seal-dialog', 'dark')
  await person.page.keyboard.press('Escape')

  const none = { requests: 0, failures: 0, denied: 0, clients: 0, bytesIn: 0, bytesOut: 0 }
  await pretend('state.get', (value) => ({ ...value, details: { ...inside(value, 'details'), clients: { windowSeconds: 300, ...none } } }))
  await openAt('/', 'cut')
  await expect(person.at('dashboard.capacity')).toBeVisible()
  await look('dashboard-empty', 'light')
  await asItIs()

  await pretend('state.get', (value) => ({ ...value, details: { ...inside(value, 'details'), set: undefined, shares: undefined } }))
  await openAt('/', 'cut')
  await expect(person.at('dashboard.room')).toHaveAttribute('data-state', 'loading')
  await person.page.waitForTimeout(300)
  await look('dashboard-loading', 'light')
  await expect(person.at('dashboard.room')).toHaveAttribute('data-state', 'error', { timeout: 20_000 })
  await look('dashboard-error', 'light')
  await asItIs()

  await openAt('/', 'cut')
  await expect(person.at('dashboard.capacity')).toBeVisible()
  await person.page.route('**/api/**', (route) => route.abort('connectionrefused'))
  await expect(person.at('frame.paused')).toBeVisible()
  await look('dashboard-paused', 'light')
  await asItIs()
})

test('the drives: all there, asked for, not told, healing, at 200 %', async () => {
  await openAt('/drives')
  await expect(person.at('drives.table')).toBeVisible()
  await look('drives')
  await lookOnPhone('drives')
  // What 200 % does to a window of 1280 by 860.
  await person.page.setViewportSize({ width: 640, height: 430 })
  await look('drives-200-percent', 'light')
  await openAt('/')
  await expect(person.at('dashboard.capacity')).toBeVisible()
  await look('dashboard-200-percent', 'light')
  await person.page.setViewportSize(size)
  await lookWithout('drives.list', '/drives', 'drives', 'drives.fault')

  await pretend('drives.list', (value) => {
    const drives = (value['drives'] as Record<string, unknown>[]).map((drive, index) => (index === 1 ? { ...drive, state: 'healing', reason: 'It was away and takes in what it missed.' } : drive))
    const heal = { running: true, recordsDone: 4100, recordsTotal: 10_000, bytesDone: 1_900_000_000, failed: 0 }
    return { ...value, drives, set: { ...inside(value, 'set'), health: 'degraded', readLossesLeft: 1, writeLossesLeft: 1, heal }, refused: [{ path: '/mnt/other', reason: 'It belongs to another store.' }] }
  })
  await openAt('/drives', 'cut')
  await expect(person.at('drives.refused')).toBeVisible()
  await look('drives-healing', 'dark')
  await lookOnPhone('drives-healing', 'light')
  await asItIs()
})

test('the buckets: some, none, asked for, not told, made and removed', async () => {
  await openAt('/buckets')
  await expect(person.at('buckets.table')).toBeVisible()
  await look('buckets')
  await lookOnPhone('buckets', 'light')
  await person.at('buckets.create').click()
  await look('bucket-create', 'light')
  await person.page.keyboard.press('Escape')
  await person.at('buckets.delete.photos').click()
  await look('bucket-delete', 'dark')
  await person.page.keyboard.press('Escape')
  await pretend('buckets.list', () => ({ buckets: [] }))
  await openAt('/buckets')
  await expect(person.at('buckets.empty')).toBeVisible()
  await look('buckets-empty', 'dark')
  await openAt('/connect')
  await expect(person.at('connect.snippet')).toBeVisible()
  await look('connect-no-bucket', 'light')
  await asItIs()
  await lookWithout('buckets.list', '/buckets', 'buckets', 'buckets.fault')
})

test('the object browser: names, details, nothing, no match, asked for, not told', async () => {
  await openAt('/buckets/photos')
  await expect(person.at('objects.row.1')).toBeVisible()
  await look('objects')
  await lookOnPhone('objects', 'light')
  await person.at('objects.row.1').locator('.open').click()
  await expect(person.at('objects.receipt')).toBeVisible()
  await look('object-details')
  await lookOnPhone('object-details', 'light')
  await person.at('objects.details.delete').click()
  await expect(person.at('objects.deleteMeans')).toBeVisible()
  await look('object-delete', 'light')
  await person.page.keyboard.press('Escape')
  await person.at('objects.row.1').locator('.tick').click()
  await expect(person.at('objects.selection')).toBeVisible()
  await person.at('objects.search').fill('nothing is called so')
  await expect(person.at('objects.noMatch')).toBeVisible()
  // What was selected in another list is out of sight: nothing may still mean it.
  await expect(person.at('objects.selection')).toBeHidden()
  // The details beside it stay, and are of what they name.
  await person.at('objects.details.delete').click()
  await expect(person.at('objects.deleteMeans')).toBeVisible()
  await person.page.keyboard.press('Escape')
  await look('objects-no-match', 'light')
  await openAt('/buckets/empty')
  await expect(person.at('objects.empty')).toBeVisible()
  await look('objects-empty', 'light')
  await lookWithout('objects.list', '/buckets/photos', 'objects', 'objects.fault')
})

test('connecting: settings, asked for, not told', async () => {
  await openAt('/connect')
  await expect(person.at('connect.snippet')).toBeVisible()
  await look('connect')
  await lookOnPhone('connect', 'light')
  await lookWithout('connect.settings', '/connect', 'connect', 'connect.fault')
})

test('degraded: a drive is away', async () => {
  await openAt('/')
  store.removeDrive(2)
  await expect(person.at('frame.state')).toHaveAttribute('data-state', /degraded|at-risk/, { timeout: 10_000 })
  await look('dashboard-degraded')
  await lookOnPhone('dashboard-degraded', 'dark')
  await openAt('/drives')
  await expect(person.at('drives.table')).toBeVisible()
  await look('drives-degraded')
  await lookOnPhone('drives-degraded', 'light')
  await openAt('/buckets')
  await expect(person.at('frame.warning')).toBeVisible()
  await look('buckets-degraded', 'light')
  store.returnDrive(2)
})

test('sealed: shares wanted, drives of a closed store, starting, failed', async () => {
  // For the desktop window and whoever is signed in still.
  await pretend('state.get', (value) => ({ ...value, lifecycle: 'sealed', seen: 'sealed', signedIn: true, details: { ...inside(value, 'details'), set: undefined } }))
  await pretend('drives.list', (value) => ({ ...value, drives: [], set: undefined, found: 4, expected: 4 }))
  await openAt('/drives', 'cut')
  await expect(person.at('drives.presence')).toBeVisible()
  await look('drives-sealed', 'light')
  await asItIs()
  await store.call('seal', {})
  await openAt('/')
  await expect(person.at('unseal')).toHaveAttribute('data-state', 'sealed')
  await look('unseal')
  await lookOnPhone('unseal')
  await person.at('unseal.share').fill(store.shares[0] ?? '')
  await person.page.keyboard.press('Enter')
  await expect(person.at('unseal.accepted.1')).toBeVisible()
  await look('unseal-one-share', 'light')
  await lookOnPhone('unseal-one-share', 'dark')
  await person.at('unseal.lost').click()
  await look('unseal-lost', 'light')
  await person.page.keyboard.press('Escape')

  await pretend('state.get', (value) => ({ ...value, lifecycle: 'starting', seen: 'starting', start: { stage: 'configuration', fraction: 0.4 } }))
  await openAt('/', 'cut')
  await expect(person.at('unseal')).toHaveAttribute('data-state', 'starting')
  await look('unseal-starting', 'dark')
  await asItIs()
  await pretend('state.get', (value) => ({ ...value, lifecycle: 'failed', seen: 'failed', failure: { stage: 'listeners', reason: 'Port 9000 is taken by another program.' } }))
  await openAt('/', 'cut')
  await expect(person.at('unseal.failed')).toBeVisible()
  await look('unseal-failed', 'light')
  await asItIs()
  expect(person.complaints).toEqual([])
  expect(person.foreignRequests).toEqual([])
})
