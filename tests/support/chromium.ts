// Debian's Chromium for tests: where it is, and how it is started so that it asks nothing of the outside.
import { existsSync } from 'node:fs'

export const chromiumPath = '/usr/bin/chromium'
export const chromiumArguments: readonly string[] = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** Printed where tests are left out. */
export const chromiumMissing = existsSync(chromiumPath) ? undefined : `there is no Chromium at ${chromiumPath}`
