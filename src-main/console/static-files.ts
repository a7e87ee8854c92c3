// The built renderer's files by their exact paths, listed once: no path from outside ever reaches the file system.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

export interface StaticFile {
  readonly contentType: string
  readonly bytes: Buffer
}

const filesMax = 2000
const fileSizeMax = 16 * 1024 * 1024
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.wasm': 'application/wasm', '.txt': 'text/plain; charset=utf-8',
} // prettier-ignore

export class StaticFiles {
  readonly #paths = new Map<string, string>()
  readonly #read = new Map<string, StaticFile>()

  /** An absent folder is one without files. */
  constructor(folder: string | undefined) {
    if (folder === undefined) return
    let names: string[]
    try {
      names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    } catch {
      return
    }
    for (const name of names.slice(0, filesMax)) {
      const path = join(folder, name)
      const entry = statSync(path, { throwIfNoEntry: false })
      if (entry?.isFile() === true && entry.size <= fileSizeMax && contentTypes[extname(name)] !== undefined) {
        this.#paths.set(`/${relative(folder, path).split(sep).join('/')}`, path)
      }
    }
  }

  /** Paths without a dot are screens of the page: they get the page. */
  find(urlPath: string): StaticFile | undefined {
    const name = this.#paths.has(urlPath) ? urlPath : urlPath.includes('.') ? undefined : '/index.html'
    const path = name === undefined ? undefined : this.#paths.get(name)
    if (path === undefined) return undefined
    const known = this.#read.get(path)
    if (known !== undefined) return known
    try {
      const file = { contentType: contentTypes[extname(path)] ?? 'application/octet-stream', bytes: readFileSync(path) }
      this.#read.set(path, file)
      return file
    } catch {
      return undefined
    }
  }
}
