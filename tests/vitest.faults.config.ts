// Faults from a seed: simulation of the engine.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/faults/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 900_000, hookTimeout: 60_000 },
})
