// A person at the console: a page of real Chromium on a running store, with the steps that several tests take, pictures and axe.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import type { TestAppliance } from './test-appliance.ts'

const pictures = join(import.meta.dirname, '../.results/pictures')
export const operatorPassword = 'correct horse battery staple'

export type Appearance = 'light' | 'dark'
export interface ViewOptions {
  readonly appearance?: Appearance
  readonly widthPx?: number
}

export class ConsolePage {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page said to its console, and what it asked of other hosts: both stay empty. */
  readonly complaints: string[] = []
  readonly foreignRequests: string[] = []

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context
    this.page = page
    page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.complaints.push(message.text()) })
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('request', (request) => { if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) this.foreignRequests.push(request.url()) })
  }

  static async open(browser: Browser, store: TestAppliance, path = '/', { appearance = 'light', widthPx = 1280 }: ViewOptions = {}): Promise<ConsolePage> {
    const origin = `https://127.0.0.1:${store.consolePort}`
    const context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme: appearance, viewport: { width: widthPx, height: widthPx < 600 ? 780 : 860 }, permissions: ['clipboard-read', 'clipboard-write'] })
    const page = await context.newPage()
    const opened = new ConsolePage(context, page, origin)
    await page.goto(`${origin}${path}`)
    return opened
  }

  at(testid: string) {
    return this.page.getByTestId(testid)
  }

  async signIn(password = operatorPassword): Promise<void> {
    await this.at('signIn.password').fill(password)
    await this.at('signIn.submit').click()
    await expect(this.at('frame.state')).toBeVisible()
  }

  /** Keyboard only: Tab until the control has focus. */
  async tabTo(testid: string): Promise<void> {
    for (let presses = 0; presses < 80; presses++) {
      const focused = await this.page.evaluate<string>('document.activeElement?.closest("[data-testid]")?.getAttribute("data-testid") ?? ""')
      if (focused === testid) return
      await this.page.keyboard.press('Tab')
    }
    throw new Error(`no way to ${testid} by Tab`)
  }

  async type(testid: string, text: string): Promise<void> {
    await this.tabTo(testid)
    await this.page.keyboard.type(text)
  }

  async press(testid: string, key = 'Enter'): Promise<void> {
    await this.tabTo(testid)
    await this.page.keyboard.press(key)
  }

  /** What was copied last. */
  clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()')
  }

  /** A picture for people, in tests/.results/pictures. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true })
    await this.page.screenshot({ path: join(pictures, `${name}.png`), fullPage: false, animations: 'disabled' })
  }

  /** Nothing serious for axe (WCAG 2.2 AA). */
  async expectAccessible(what: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).setLegacyMode().withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const found = serious.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)}\n${failureSummary ?? ''}`).join('\n')}`)
    expect(found, what).toEqual([])
  }

  expectQuiet(): void {
    expect(this.complaints).toEqual([])
    expect(this.foreignRequests).toEqual([])
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}
