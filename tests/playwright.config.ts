// The screens in Debian's Chromium against the built program on real drives in folders. One at a time: they share two cores.
import { defineConfig } from '@playwright/test'
import { chromiumArguments, chromiumPath } from './support/chromium.ts'

export default defineConfig({
  testDir: 'screens',
  outputDir: '.results/screens',
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '.results/screens.json' }]],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: chromiumPath, args: [...chromiumArguments] },
    // The LAN authority is not in the browser's store; tests/flows checks the chain.
    ignoreHTTPSErrors: true,
    actionTimeout: 20_000,
    trace: 'off',
  },
})
