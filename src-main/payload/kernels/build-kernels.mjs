// Compiles the SIMD kernels from AssemblyScript into out/kernels/*.wasm. All import one shared memory, have no run time, no allocation
// and no static data, so that any number of threads may run them in the same memory. Skipped when the results are newer than the sources.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { laneMd5Source, scalarMd5Source } from './md5-source.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const outFolder = join(here, '..', '..', '..', 'out', 'kernels')
const source = (name) => readFileSync(join(here, name), 'utf8')

/** Name of the result: its source, and whether relaxed SIMD may be used (the loader validates and falls back). */
const kernels = {
  'reed-solomon': { text: () => source('reed-solomon.as.ts') },
  'reed-solomon-relaxed': { text: () => source('reed-solomon.as.ts'), relaxed: true },
  crc64nvme: { text: () => source('crc64nvme.as.ts') },
  'md5-one': { text: scalarMd5Source },
  'md5-four': { text: () => laneMd5Source(1) },
  'md5-eight': { text: () => laneMd5Source(2) },
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function upToDate() {
  const newestSource = Math.max(...readdirSync(here).map((name) => modifiedMs(join(here, name))))
  return Object.keys(kernels).every((name) => modifiedMs(join(outFolder, `${name}.wasm`)) > newestSource)
}

async function compile(asc, name, { text, relaxed }) {
  const file = `${name}.as.ts`
  let binary
  let complaints = ''
  const options = ['--runtime', 'stub', '--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']
  const features = ['--enable', 'simd', '--enable', 'threads', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])]
  const { error } = await asc.main([file, '-o', `${name}.wasm`, ...options, ...features, '-O3', '--noAssert', '--use', 'abort='], {
    readFile: (path) => (path === file ? text() : null),
    writeFile: (_path, contents) => { binary = contents },
    listFiles: () => [],
    stdout: { write() {} },
    stderr: { write(line) { complaints += line } },
  })
  if (error !== null || binary === undefined) throw new Error(`kernel ${name} does not compile: ${error?.message ?? ''}\n${complaints}`)
  return binary
}

/** Each file is replaced whole, so that a reader in another process never sees half of one. */
async function buildKernels() {
  if (upToDate()) return
  const { default: asc } = await import('assemblyscript/asc')
  mkdirSync(outFolder, { recursive: true })
  for (const [name, kernel] of Object.entries(kernels)) {
    const temporary = join(outFolder, `.${name}.${process.pid}`)
    try {
      writeFileSync(temporary, await compile(asc, name, kernel))
      renameSync(temporary, join(outFolder, `${name}.wasm`))
    } finally {
      rmSync(temporary, { force: true })
    }
  }
}

await buildKernels()
