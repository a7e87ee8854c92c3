// Finds and compiles the kernels of out/kernels. Compiled modules are cloneable: one thread compiles, all instantiate.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { assert } from '../base/assert.ts'

export const kernelNames = ['reed-solomon', 'crc64nvme', 'md5-one', 'md5-four', 'md5-eight'] as const
export type KernelName = (typeof kernelNames)[number]
export type KernelModules = { readonly [Name in KernelName]: WebAssembly.Module }

const runsFromSource = import.meta.url.endsWith('.ts')

/** From src-main/payload, from out/main or from out/main/chunks. */
function kernelFolder(): URL {
  if (runsFromSource) return new URL('../../out/kernels/', import.meta.url)
  const fromEntry = new URL('../kernels/', import.meta.url)
  return existsSync(fileURLToPath(fromEntry)) ? fromEntry : new URL('../../kernels/', import.meta.url)
}

/** In development and tests the kernels are compiled when they are missing or older than their sources. */
function compileWhenStale(folder: URL): void {
  const sources = new URL('./kernels/', import.meta.url)
  const changedMs = Math.max(...readdirSync(sources).map((name) => statSync(new URL(name, sources)).mtimeMs))
  const fresh = kernelNames.every((name) => (statSync(new URL(`${name}.wasm`, folder), { throwIfNoEntry: false })?.mtimeMs ?? 0) > changedMs)
  if (fresh) return
  const built = spawnSync(process.execPath, [fileURLToPath(new URL('build-kernels.mjs', sources))], { encoding: 'utf8', timeout: 120_000 })
  assert(built.status === 0, `the kernels do not compile: ${built.stderr}`)
}

let compiled: KernelModules | undefined

/** Compiled once per process. Of the erasure code the build with relaxed SIMD is tried first. Throws when a file is missing. */
export function loadKernelModules(): KernelModules {
  if (compiled !== undefined) return compiled
  const folder = kernelFolder()
  if (runsFromSource) compileWhenStale(folder)
  const read = (name: string): Uint8Array => readFileSync(new URL(`${name}.wasm`, folder))
  const relaxed = read('reed-solomon-relaxed')
  compiled = {
    'reed-solomon': new WebAssembly.Module(WebAssembly.validate(relaxed) ? relaxed : read('reed-solomon')),
    crc64nvme: new WebAssembly.Module(read('crc64nvme')),
    'md5-one': new WebAssembly.Module(read('md5-one')),
    'md5-four': new WebAssembly.Module(read('md5-four')),
    'md5-eight': new WebAssembly.Module(read('md5-eight')),
  }
  return compiled
}

/** Of the erasure code the build without relaxed SIMD, for the test that both agree. */
export function loadStrictReedSolomon(): WebAssembly.Module {
  loadKernelModules()
  return new WebAssembly.Module(readFileSync(new URL('reed-solomon.wasm', kernelFolder())))
}
