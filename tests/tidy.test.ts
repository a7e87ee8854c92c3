// Keeps the repository tidy: what a reader relies on and no compiler checks.
import { execFileSync } from 'node:child_process'
import { readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const sources = files.filter((file) => /^(src-main|src-renderer)\/.*\.(ts|svelte)$/.test(file))
const texts = files.filter((file) => /\.(ts|mjs|cjs|js|svelte|md|json|yml|html|css)$/.test(file) && file !== 'package-lock.json')

const sourceLinesMax = 400

describe('the repository', () => {
  it('has only the top level that was agreed', () => {
    const allowed = new Set([
      'package.json', 'package-lock.json', 'electron.vite.config.ts', 'src-main', 'src-renderer', 'resources', 'tests', 'build', 'docs',
      'README.md', 'LICENSE', 'CHANGELOG.md', '.ci', '.gitignore',
    ])
    expect([...new Set(files.map((file) => file.split('/')[0]))].filter((name) => !allowed.has(name ?? ''))).toEqual([])
  })

  it('has no source file that grew past the edge', () => {
    const long = sources.filter((file) => read(file).split('\n').length > sourceLinesMax)
    expect(long).toEqual([])
  })

  it('opens every source file with what it is for', () => {
    const bare = sources.filter((file) => file.endsWith('.ts') && !/^(\/\/|\/\*\*|@)/.test(read(file)))
    expect(bare).toEqual([])
  })

  it('has no unnumbered TODO, no focused test and no switched-off type check', () => {
    const pattern = new RegExp(['TODO(?!\\(#\\d+\\))', 'FIX' + 'ME', '\\.only\\(', '@ts-ig' + 'nore', '@ts-no' + 'check'].join('|'))
    const found = texts.filter((file) => !file.startsWith('docs/') && !file.startsWith('src-main/payload/kernels/') && file !== 'tests/tidy.test.ts' && pattern.test(read(file)))
    expect(found).toEqual([])
  })

  it('names no folder or class for leftovers', () => {
    expect(files.filter((file) => /(^|\/)(utils?|misc|common|helpers|lib)(\/|\.ts$)/.test(file))).toEqual([])
    expect(sources.filter((file) => /class \w*(Manager|Processor|Impl)\b/.test(read(file)))).toEqual([])
  })

  it('calls a drive a drive', () => {
    expect(sources.filter((file) => /\b(disk|Disk)(s|Id|Path)\b/.test(read(file)))).toEqual([])
  })

  it('describes every format in FORMAT.md and pins its bytes', () => {
    const formats = files.filter((file) => /^src-main\/.*\/format\/[^/]+\.ts$/.test(file)).map((file) => file.replace(/^.*\//, '').replace(/\.ts$/, ''))
    const description = existsSync(join(root, 'docs/FORMAT.md')) ? read('docs/FORMAT.md') : ''
    const golden = files.filter((file) => file.startsWith('tests/formats/')).map(read).join('\n')
    expect(formats.filter((name) => !description.includes(`\`${name}\``)), 'without a section').toEqual([])
    expect(formats.filter((name) => !golden.includes(`/${name}.ts`)), 'without golden bytes').toEqual([])
  })

  it('has a COMPATIBILITY row for every S3 operation', () => {
    const operations = files.filter((file) => /^src-main\/s3\/operations\/[^/]+\.ts$/.test(file)).map((file) => file.replace(/^.*\//, '').replace(/\.ts$/, ''))
    const table = existsSync(join(root, 'docs/COMPATIBILITY.md')) ? read('docs/COMPATIBILITY.md') : ''
    const pascal = (name: string): string => name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
    expect(operations.filter((name) => name !== 'operation' && name !== 'index' && !table.includes(pascal(name)))).toEqual([])
  })
})
