// Quick tests: pure code, seams, formats, tidiness.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/{unit,seams,formats}/**/*.test.ts', 'tests/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
