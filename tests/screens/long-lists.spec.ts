// How it feels with a hundred thousand names, and how soon the console is there: figures are printed, bounds are loose, so that a busy
// machine does not fail them.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { ConsolePage } from '../support/console-page.ts'
import { startServedStore } from '../support/served-store.ts'
import type { TestAppliance } from '../support/test-appliance.ts'

const nameCount = 100_000
const bundle = join(import.meta.dirname, '../../out/renderer')
let store: TestAppliance

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => { store = await startServedStore({ drives: 4 }) })
test.afterAll(async () => { await store.stop() })

/** Told some time after it has happened. */
const firstPaintScript = `new Promise((resolve) => {
  new PerformanceObserver((entries) => {
    for (const paint of entries.getEntriesByName('first-contentful-paint')) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})`
const loadedScript = `(() => {
  const files = performance.getEntriesByType('resource')
  return { files: files.length, bytes: files.reduce((sum, { transferSize }) => sum + transferSize, 0) }
})()`

function tell(description: string): void {
  test.info().annotations.push({ type: 'measured', description })
  process.stdout.write(`    ${description}\n`)
}

const nameOf = (index: number): string => `photo-${String(index).padStart(6, '0')}.jpg`

/** Filling a store with them would take minutes; the page can't tell. */
async function serveNames(person: ConsolePage): Promise<void> {
  await person.page.route('**/api/objects.list', (route) => {
    const { after, limit = 1000 } = route.request().postDataJSON() as { after?: string; limit?: number }
    const first = after === undefined ? 0 : Number(after)
    const end = Math.min(nameCount, first + limit)
    const objects = Array.from({ length: end - first }, (_, at) => ({ name: nameOf(first + at), sizeBytes: 1000 + at, modifiedMs: 1_790_000_000_000 + at, etag: 'd41d8cd98f00b204e9800998ecf8427e', storageClass: 'STANDARD' }))
    return route.fulfill({ json: { folders: [], objects, ...(end < nameCount ? { next: String(end) } : {}) } })
  })
}

interface ScrollFigures {
  readonly frames: number
  readonly over17: number
  readonly over33: number
  readonly worstFrameMs: number
  readonly longestTaskMs: number
  readonly rowsMax: number
  readonly seconds: number
}

/** Runs in the page: scrolls so far per frame until the last row is there. */
const scrollScript = `async (list, step, lastRow) => {
  let longestTaskMs = 0
  const watching = new PerformanceObserver((entries) => { for (const { duration } of entries.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration) })
  watching.observe({ type: 'longtask' })
  const nextFrame = () => new Promise(requestAnimationFrame)
  list.scrollTop = 0
  await nextFrame()
  const beginMs = await nextFrame()
  const gaps = []
  let formerMs = beginMs
  let rowsMax = 0
  while (list.querySelector('[data-index="' + lastRow + '"]') === null && formerMs - beginMs < 90000) {
    list.scrollTop += step
    const nowMs = await nextFrame()
    gaps.push(nowMs - formerMs)
    formerMs = nowMs
    if (gaps.length % 20 === 0) rowsMax = Math.max(rowsMax, list.querySelectorAll('[data-index]').length)
  }
  watching.disconnect()
  const over = (ms) => gaps.filter((gap) => gap > ms).length
  return { frames: gaps.length, over17: over(17.5), over33: over(33), worstFrameMs: Math.max(...gaps), longestTaskMs, rowsMax, seconds: (formerMs - beginMs) / 1000 }
}`

function scrollThrough(person: ConsolePage, pxPerFrame: number): Promise<ScrollFigures> {
  return person.page.evaluate<ScrollFigures>(`(${scrollScript})(document.querySelector('[data-testid="objects.list"]'), ${pxPerFrame}, ${nameCount - 1})`)
}

function describeScroll(what: string, { frames, over17, over33, worstFrameMs, longestTaskMs, seconds }: ScrollFigures): string {
  return `${what}: ${frames} frames in ${seconds.toFixed(1)} s, ${over17} over 17.5 ms, ${over33} over 33 ms, worst ${worstFrameMs.toFixed(0)} ms, longest task ${longestTaskMs.toFixed(0)} ms`
}

test('a hundred thousand names scroll by, read page by page and once more', async ({ browser }) => {
  const person = await ConsolePage.open(browser, store)
  await person.signIn()
  await serveNames(person)
  await person.page.goto(`https://127.0.0.1:${store.consolePort}/#/buckets/photos`)
  await expect(person.at('objects.row.0')).toBeVisible()
  const reading = await scrollThrough(person, 12_000)
  tell(describeScroll('100,000 names, while their pages come', reading))
  await expect(person.at('objects.list')).toContainText(nameOf(nameCount - 1))
  await expect(person.at('objects.count')).toContainText(/100.000/)
  const slow = await scrollThrough(person, 4000)
  tell(describeScroll('the same again, all read', slow))
  await expect(person.at('objects.list')).toContainText(nameOf(nameCount - 1))
  for (const figures of [reading, slow]) expect(figures.rowsMax).toBeLessThan(200)
  // The keyboard gets there and back at once.
  await person.at('objects.list').focus()
  await person.page.keyboard.press('Home')
  await expect(person.at('objects.row.0')).toBeVisible()
  await person.page.keyboard.press('End')
  await expect(person.at(`objects.row.${nameCount - 1}`)).toBeVisible()
  await person.picture('objects-100000')
  const heapBytes = await person.page.evaluate<number>('performance.memory.usedJSHeapSize')
  tell(`heap of the page with 100,000 names: ${(heapBytes / 1e6).toFixed(0)} MB`)
  person.expectQuiet()
  await person.close()
})

test('the console paints soon in a browser that never saw it', async ({ browser }) => {
  const paints: number[] = []
  for (let run = 0; run < 3; run++) {
    const person = await ConsolePage.open(browser, store)
    await expect(person.at('signIn')).toBeVisible()
    paints.push(await person.page.evaluate<number>(firstPaintScript))
    const said = await person.page.evaluate<{ files: number; bytes: number }>(loadedScript)
    if (run === 0) tell(`sign-in loads ${said.files} files, ${(said.bytes / 1000).toFixed(0)} kB over the line`)
    await person.close()
  }
  tell(`first paint, cold: ${paints.map((paint) => `${paint.toFixed(0)} ms`).join(', ')}`)
  expect(Math.min(...paints)).toBeLessThan(5000)
})

test('the page is small', () => {
  const files = (readdirSync(bundle, { recursive: true, encoding: 'utf8' })).map((name) => join(bundle, name)).filter((path) => statSync(path).isFile())
  for (const ending of ['.js', '.css', '']) {
    const chosen = files.filter((path) => path.endsWith(ending)).map((path) => readFileSync(path))
    const raw = chosen.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const packed = chosen.reduce((sum, bytes) => sum + gzipSync(bytes).byteLength, 0)
    tell(`renderer ${ending === '' ? 'in all' : ending}: ${chosen.length} files, ${(raw / 1000).toFixed(0)} kB raw, ${(packed / 1000).toFixed(0)} kB with gzip`)
    expect(raw).toBeLessThan(5_000_000)
  }
})
