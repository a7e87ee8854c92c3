// Everything that can run on this machine, in order of cost: types, lint, boundaries, then the tests. Ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumMissing } from './support/chromium.ts'

const root = join(import.meta.dirname, '..')
const results = join(root, 'tests', '.results')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly success: boolean
}

function run(title: string, command: string, args: readonly string[]): boolean {
  const begin = performance.now()
  process.stdout.write(`\n== ${title}\n`)
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NO_COLOR: '1' } })
  const ok = result.status === 0
  process.stdout.write(`== ${title}: ${ok ? 'ok' : 'FAILED'} (${((performance.now() - begin) / 1000).toFixed(1)} s)\n`)
  return ok
}

export const checks: readonly (readonly [string, string, readonly string[]])[] = [
  ['types of src-main', bin('tsc'), ['-p', 'src-main/tsconfig.json', '--noEmit']],
  ['types of tests', bin('tsc'), ['-p', 'tests/tsconfig.json', '--noEmit']],
  ['renderer', bin('svelte-check'), ['--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings']],
  ['lint', bin('eslint'), ['-c', 'build/eslint.config.js', '.']],
  ['boundaries', bin('depcruise'), ['--config', 'build/boundaries.cjs', 'src-main']],
]

function runTests(title: string, config: string, extra: readonly string[] = []): VitestReport {
  const file = join(results, `${title.replaceAll(' ', '-')}.json`)
  const ok = run(title, bin('vitest'), ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...extra])
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
    return { ...report, success: ok && report.success }
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, success: false }
  }
}

interface PlaywrightReport {
  readonly stats: { readonly expected: number; readonly unexpected: number; readonly flaky: number; readonly skipped: number }
}

/** The screens in real Chromium. Without one all of them count as one that was skipped, with the reason. */
function runScreens(): VitestReport {
  if (chromiumMissing !== undefined) {
    process.stdout.write(`\nskipped: the screens, because ${chromiumMissing}\n`)
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 1, success: true }
  }
  const ok = run('screens', bin('playwright'), ['test', '--config', 'tests/playwright.config.ts'])
  try {
    const { stats } = JSON.parse(readFileSync(join(results, 'screens.json'), 'utf8')) as PlaywrightReport
    return { numPassedTests: stats.expected, numFailedTests: stats.unexpected + stats.flaky, numPendingTests: stats.skipped, success: ok }
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, success: false }
  }
}

function main(): void {
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const only = process.argv[2]
  let passed = 0
  let failed = 0
  let skipped = 0
  if (only !== 'flows') {
    for (const [title, command, args] of checks) {
      if (run(title, command, args)) passed++
      else failed++
    }
  }
  const small: readonly (readonly [string, string])[] = [['unit tests', 'tests/vitest.unit.config.ts']]
  const whole: readonly (readonly [string, string])[] = [['flows and real clients', 'tests/vitest.wire.config.ts'], ['desktop', 'tests/vitest.desktop.config.ts']]
  const suites = only === 'check' ? small : only === 'flows' ? whole : [...small, ['faults', 'tests/vitest.faults.config.ts'] as const, ...whole]
  const reports = [...suites.map(([title, config]) => () => runTests(title, config)), ...(only === 'check' ? [] : [runScreens])]
  for (const runSuite of reports) {
    const report = runSuite()
    passed += report.numPassedTests
    failed += report.numFailedTests + (report.success || report.numFailedTests > 0 ? 0 : 1)
    skipped += report.numPendingTests
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

main()
