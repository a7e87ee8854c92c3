// The desktop shell: what is packed, and main process, preload and page together. One file at a time: they share two cores.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/desktop/**/*.test.ts'], pool: 'forks', maxWorkers: 1, fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 },
})
