// The whole appliance as built, with real clients, real kills and real drives in folders. One file at a time: they share two cores.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/{flows,wire}/**/*.test.ts'], pool: 'forks', maxWorkers: 1, fileParallelism: false, testTimeout: 300_000, hookTimeout: 180_000 },
})
