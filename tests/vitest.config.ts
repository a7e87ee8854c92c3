// For running any test by its path while working on it.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 300_000, hookTimeout: 180_000 },
})
