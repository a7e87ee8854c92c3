// Debian's Chromium, started when the first window opens, with a debugging address for the test to look at the same pages.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from '@playwright/test'
import { chromiumPath } from '../chromium.ts'
import { app } from './desktop.ts'

let opened: Promise<{ context: BrowserContext; address: string }> | undefined

export function openChromium(): Promise<{ context: BrowserContext; address: string }> {
  opened ??= launch()
  return opened
}

async function launch(): Promise<{ context: BrowserContext; address: string }> {
  const profile = mkdtempSync(join(tmpdir(), 'coffer-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      '--use-fake-device-for-media-stream', '--remote-debugging-port=0', '--remote-debugging-address=127.0.0.1',
    ],
    viewport: { width: 1180, height: 800 },
  })
  app.closers.push(async () => {
    await context.close()
    // Its last processes may still write there.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  const port = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0] ?? ''
  return { context, address: `http://127.0.0.1:${port}` }
}
