// A drive in memory for simulation: every random choice comes from a seed. It knows what was synced; a crash keeps, loses or tears each
// unsynced write by itself, and loses or keeps each unsynced name. Faults, full drives, bit rot, unplugging and cloning on demand.
import { readPartByPart, type DriveFiles, type FileHandle, type FileStat } from '../../src-main/storage/erasure/drives/drive-files.ts'

/** The process ended here: thrown by the n-th change after `failAfter(n)`, and by everything until `crash()`. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash'
}

export type VirtualOperation = 'open' | 'read' | 'write' | 'sync' | 'truncate' | 'rename' | 'unlink' | 'makeFolder' | 'syncFolder'

export interface VirtualDriveOptions {
  readonly seed: number
  /** Bytes; writes beyond it say ENOSPC. Default: 1 TiB. */
  readonly capacityBytes?: number
}

const pageBytes = 4096
const sectorBytes = 512

type Page = Uint8Array | undefined

/** Pages that may be shared between versions of a file and between clones; a shared page is copied before it is written. */
class Content {
  pages: Page[]
  /** Pages that only this content has. */
  owned: Set<number>
  size: number

  constructor(pages: Page[] = [], size = 0) {
    this.pages = pages
    this.owned = new Set()
    this.size = size
  }

  /** Another content with the same bytes; from now on both copy before they write. */
  share(): Content {
    this.owned.clear()
    return new Content(this.pages.slice(), this.size)
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.byteLength; ) {
      const at = position + done
      const index = Math.floor(at / pageBytes)
      const from = at - index * pageBytes
      const length = Math.min(pageBytes - from, bytes.byteLength - done)
      this.#writable(index, length === pageBytes).set(bytes.subarray(done, done + length), from)
      done += length
    }
    this.size = Math.max(this.size, position + bytes.byteLength)
  }

  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.byteLength, this.size - position))
    for (let done = 0; done < length; ) {
      const at = position + done
      const index = Math.floor(at / pageBytes)
      const from = at - index * pageBytes
      const some = Math.min(pageBytes - from, length - done)
      const page = this.pages[index]
      if (page === undefined) into.fill(0, done, done + some)
      else into.set(page.subarray(from, from + some), done)
      done += some
    }
    return length
  }

  truncate(size: number): void {
    if (size < this.size) {
      const keep = Math.ceil(size / pageBytes)
      this.pages.length = Math.min(this.pages.length, keep)
      const rest = size % pageBytes
      if (rest > 0 && this.pages[keep - 1] !== undefined) this.#writable(keep - 1, false).fill(0, rest)
    }
    this.size = size
  }

  #writable(index: number, whole: boolean): Uint8Array {
    const page = this.pages[index]
    if (page !== undefined && this.owned.has(index)) return page
    const fresh = new Uint8Array(pageBytes)
    if (page !== undefined && !whole) fresh.set(page)
    while (this.pages.length < index) this.pages.push(undefined)
    this.pages[index] = fresh
    this.owned.add(index)
    return fresh
  }
}

type Change = { readonly position: number; readonly bytes: Uint8Array } | { readonly truncateTo: number }

class VirtualFile {
  readonly inode: number
  current = new Content()
  durable = new Content()
  unsynced: Change[] = []

  constructor(inode: number) {
    this.inode = inode
  }

  sync(): void {
    if (this.unsynced.length === 0) return
    const { durable } = this
    for (const change of this.unsynced) {
      if ('truncateTo' in change) {
        durable.truncate(change.truncateTo)
        continue
      }
      // Whole pages are shared with the current content rather than written twice.
      const first = Math.floor(change.position / pageBytes)
      const last = Math.floor((change.position + change.bytes.byteLength - 1) / pageBytes)
      for (let index = first; index <= last; index++) {
        while (durable.pages.length < index) durable.pages.push(undefined)
        durable.pages[index] = this.current.pages[index]
        durable.owned.delete(index)
        this.current.owned.delete(index)
      }
    }
    durable.size = this.current.size
    durable.pages.length = Math.min(durable.pages.length, Math.ceil(durable.size / pageBytes))
    this.unsynced = []
  }
}

type NameChange =
  | { readonly kind: 'create'; readonly path: string; readonly node: VirtualFile | 'folder' }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly node: VirtualFile }
  | { readonly kind: 'unlink'; readonly path: string }

interface Handle {
  readonly file: VirtualFile
  readonly writable: boolean
}

interface PlannedFault {
  readonly operation: VirtualOperation | 'any'
  left: number
  readonly code: string
  readonly sticky: boolean
}

let deviceIds = 0

export class VirtualDriveFiles implements DriveFiles {
  readonly #random: () => number
  readonly #seed: number
  #deviceId = ++deviceIds
  #capacityBytes: number
  #inodes = 1
  #handles = new Map<number, Handle>()
  /** Of before a crash: they can only be closed. */
  readonly #stale = new Set<number>()
  #nextHandle = 3
  #names = new Map<string, VirtualFile | 'folder'>()
  #durableNames = new Map<string, VirtualFile | 'folder'>()
  #nameChanges: NameChange[] = []
  #faults: PlannedFault[] = []
  #badPlaces: { readonly file: VirtualFile; readonly from: number; readonly to: number }[] = []
  #isLocked = false
  #isReadOnly = false
  #isPlugged = true
  #isCrashed = false
  #changesLeft = Infinity
  /** Changes made so far: writes, syncs, renames, … What `failAfter` counts. */
  changes = 0
  syncs = 0
  /** Attempts to write below the path while the drive was unplugged. */
  strayWrites = 0

  constructor(options: VirtualDriveOptions) {
    this.#seed = options.seed
    this.#random = mulberry32(options.seed)
    this.#capacityBytes = options.capacityBytes ?? 2 ** 40
  }

  // What a drive does.

  open(path: string, mode: 'read' | 'read-write' | 'create' | 'create-new'): FileHandle {
    this.#enter('open')
    const found = this.#names.get(path)
    if (found === 'folder') throw errno('EISDIR')
    let file = found
    if (file === undefined) {
      if (mode === 'read' || mode === 'read-write') throw errno('ENOENT')
      this.#requireFolderOf(path)
      this.#change()
      file = new VirtualFile(++this.#inodes)
      this.#names.set(path, file)
      this.#nameChanges.push({ kind: 'create', path, node: file })
    } else if (mode === 'create-new') throw errno('EEXIST')
    if (mode !== 'read' && this.#isReadOnly) throw errno('EROFS')
    const handle = this.#nextHandle++
    this.#handles.set(handle, { file, writable: mode !== 'read' })
    return handle as FileHandle
  }

  close(file: FileHandle): void {
    if (this.#isCrashed) return
    if (!this.#handles.delete(file) && !this.#stale.delete(file)) throw errno('EBADF')
  }

  read(file: FileHandle, into: Uint8Array, position: number): number {
    this.#enter('read')
    const { file: found } = this.#handle(file)
    for (const bad of this.#badPlaces) if (bad.file === found && position < bad.to && position + into.byteLength > bad.from) throw errno('EIO')
    return found.current.read(into, position)
  }

  readParts(file: FileHandle, into: readonly Uint8Array[], position: number): number {
    return readPartByPart(this, file, into, position)
  }

  write(file: FileHandle, parts: readonly Uint8Array[], position: number): void {
    this.#enter('write')
    const handle = this.#handle(file)
    if (!handle.writable) throw errno('EBADF')
    if (this.#isReadOnly) throw errno('EROFS')
    let length = 0
    for (const part of parts) length += part.byteLength
    const grows = Math.max(0, position + length - handle.file.current.size)
    if (grows > 0 && grows > this.space().freeBytes) throw errno('ENOSPC')
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.byteLength
    }
    // The process may die before the write, or after it was handed to the system.
    if (this.changes + 1 >= this.#changesLeft && this.#random() < 0.5) this.#change()
    handle.file.current.write(bytes, position)
    handle.file.unsynced.push({ position, bytes })
    this.#change()
  }

  sync(file: FileHandle): void {
    this.#enter('sync')
    const { file: found } = this.#handle(file)
    if (this.changes + 1 >= this.#changesLeft && this.#random() < 0.5) {
      found.sync()
    }
    this.#change()
    found.sync()
    this.syncs++
  }

  stat(file: FileHandle): FileStat {
    this.#enter()
    const { file: found } = this.#handle(file)
    return { sizeBytes: found.current.size, deviceId: this.#deviceId, inode: found.inode }
  }

  statPath(path: string): FileStat | undefined {
    if (this.#isCrashed) throw new SimulatedCrash('crashed')
    // The bare mount point stays when the drive is pulled.
    if (path === '') return { sizeBytes: 0, deviceId: this.#isPlugged ? this.#deviceId : 0, inode: 1 }
    if (!this.#isPlugged) return undefined
    const found = this.#names.get(path)
    if (found === undefined) return undefined
    return found === 'folder' ? { sizeBytes: 0, deviceId: this.#deviceId, inode: 0 } : { sizeBytes: found.current.size, deviceId: this.#deviceId, inode: found.inode }
  }

  truncate(file: FileHandle, sizeBytes: number): void {
    this.#enter('truncate')
    const { file: found } = this.#handle(file)
    if (this.#isReadOnly) throw errno('EROFS')
    if (found.current.size === sizeBytes) return
    this.#change()
    found.current.truncate(sizeBytes)
    found.unsynced.push({ truncateTo: sizeBytes })
  }

  rename(from: string, to: string): void {
    this.#enter('rename')
    if (this.#isReadOnly) throw errno('EROFS')
    const node = this.#names.get(from)
    if (node === undefined || node === 'folder') throw errno('ENOENT')
    this.#requireFolderOf(to)
    this.#change()
    this.#names.delete(from)
    this.#names.set(to, node)
    this.#nameChanges.push({ kind: 'rename', from, to, node })
  }

  unlink(path: string): void {
    this.#enter('unlink')
    if (this.#isReadOnly) throw errno('EROFS')
    const node = this.#names.get(path)
    if (node === undefined) throw errno('ENOENT')
    if (node === 'folder') throw errno('EISDIR')
    this.#change()
    this.#names.delete(path)
    this.#nameChanges.push({ kind: 'unlink', path })
  }

  makeFolder(path: string): void {
    this.#enter('makeFolder')
    if (this.#isReadOnly) throw errno('EROFS')
    if (this.#names.get(path) === 'folder') return
    this.#requireFolderOf(path)
    this.#change()
    this.#names.set(path, 'folder')
    this.#nameChanges.push({ kind: 'create', path, node: 'folder' })
  }

  syncFolder(path: string): void {
    this.#enter('syncFolder')
    if (path !== '' && this.#names.get(path) !== 'folder') throw errno('ENOENT')
    this.#change()
    this.#nameChanges = this.#nameChanges.filter((change) => {
      if (folderOf('path' in change ? change.path : change.to) !== path) return true
      applyNameChange(this.#durableNames, change)
      return false
    })
  }

  list(path: string): readonly string[] {
    this.#enter()
    const prefix = path === '' ? '' : `${path}/`
    const names: string[] = []
    for (const name of this.#names.keys()) if (name.startsWith(prefix) && !name.slice(prefix.length).includes('/')) names.push(name.slice(prefix.length))
    return names
  }

  space(): { readonly freeBytes: number; readonly totalBytes: number } {
    this.#enter()
    let used = 0
    for (const node of this.#names.values()) if (node !== 'folder') used += node.current.size
    return { freeBytes: Math.max(0, this.#capacityBytes - used), totalBytes: this.#capacityBytes }
  }

  lock(_path: string): boolean {
    this.#enter()
    if (this.#isLocked) return false
    this.#isLocked = true
    return true
  }

  unlock(): void {
    this.#isLocked = false
  }

  // What happens to a drive.

  /** Power is cut and comes back: unsynced writes and names are each kept, lost or torn; handles and lock are gone; pending faults stay. */
  crash(): void {
    const names = new Map(this.#durableNames)
    for (const change of this.#nameChanges) if (this.#random() < 0.5) applyNameChange(names, change)
    for (const path of [...names.keys()]) if (!hasFolders(names, path)) names.delete(path)
    const seen = new Set<VirtualFile>()
    for (const node of [...names.values(), ...this.#names.values()]) {
      if (node === 'folder' || seen.has(node)) continue
      seen.add(node)
      this.#settle(node)
    }
    this.#names = names
    this.#durableNames = new Map(names)
    this.#nameChanges = []
    this.#endHandles()
  }

  /** Only the process dies: the system's memory keeps all writes, though still unsynced. */
  kill(): void {
    this.#endHandles()
  }

  /** The n-th change from now (1: the next) throws SimulatedCrash, and everything after it until `crash` or `kill`. */
  failAfter(changes: number): void {
    this.#changesLeft = this.changes + changes
  }

  /** The n-th call of an operation from now (1: the next) fails with an errno code; with `sticky` all after it too. */
  failOn(operation: VirtualOperation | 'any', call: number, code: string, sticky = false): void {
    this.#faults.push({ operation, left: call, code, sticky })
  }

  /** Reads that touch [from, to) of a file fail with EIO, until `clearFaults`: a bad sector. */
  makeUnreadable(path: string, from: number, to: number): void {
    const file = this.#names.get(path)
    if (file === undefined || file === 'folder') throw new Error(`no file ${path}`)
    this.#badPlaces.push({ file, from, to })
  }

  clearFaults(): void {
    this.#faults = []
    this.#badPlaces = []
  }

  setReadOnly(isReadOnly: boolean): void {
    this.#isReadOnly = isReadOnly
  }

  setCapacity(bytes: number): void {
    this.#capacityBytes = bytes
  }

  /** Pulled: handles are dead, the path is a bare mount point. Unsynced writes fare as in a crash. */
  unplug(): void {
    this.crash()
    this.#isPlugged = false
  }

  /** Back, with another device id, as after a mount. */
  replug(): void {
    this.#isPlugged = true
    this.#deviceId = ++deviceIds
  }

  get isPlugged(): boolean {
    return this.#isPlugged
  }

  /** The same bytes on another drive. Unsynced writes of this one count as written there. Cheap: pages are shared until written. */
  clone(seed = this.#seed + 1): VirtualDriveFiles {
    const copy = new VirtualDriveFiles({ seed, capacityBytes: this.#capacityBytes })
    const copies = new Map<VirtualFile, VirtualFile>()
    for (const [path, node] of this.#names) {
      let made = node === 'folder' ? node : copies.get(node)
      if (made === undefined && node !== 'folder') {
        made = new VirtualFile(node.inode)
        made.current = node.current.share()
        made.durable = node.current.share()
        copies.set(node, made)
      }
      copy.#names.set(path, made as VirtualFile | 'folder')
    }
    copy.#durableNames = new Map(copy.#names)
    copy.#inodes = this.#inodes
    return copy
  }

  /** Paths and sizes of all files. */
  files(): readonly { readonly path: string; readonly sizeBytes: number }[] {
    return [...this.#names].flatMap(([path, node]) => (node === 'folder' ? [] : [{ path, sizeBytes: node.current.size }]))
  }

  /** Content of a file; undefined when absent. */
  contentOf(path: string): Uint8Array | undefined {
    const node = this.#names.get(path)
    if (node === undefined || node === 'folder') return undefined
    const bytes = new Uint8Array(node.current.size)
    node.current.read(bytes, 0)
    return bytes
  }

  /** Bit rot: what is on the medium changes, durably. */
  overwrite(path: string, position: number, bytes: Uint8Array): void {
    const node = this.#names.get(path)
    if (node === undefined || node === 'folder') throw new Error(`no file ${path}`)
    node.current.write(bytes, position)
    node.durable.write(bytes, position)
  }

  flipBit(path: string, position: number, bit = Math.floor(this.#random() * 8)): void {
    const byte = new Uint8Array(1)
    const node = this.#names.get(path)
    if (node === undefined || node === 'folder') throw new Error(`no file ${path}`)
    node.current.read(byte, position)
    this.overwrite(path, position, Uint8Array.of((byte[0] as number) ^ (1 << bit)))
  }

  /** Flips bits in files whose path matches, weighed by size. Returns where. */
  flipRandomBits(count: number, matching = /segments|shards/): { path: string; position: number }[] {
    const flipped: { path: string; position: number }[] = []
    for (let done = 0; done < count; done++) {
      const files = this.files().filter(({ path, sizeBytes }) => matching.test(path) && sizeBytes > 0)
      let at = Math.floor(this.#random() * files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
      for (const { path, sizeBytes } of files) {
        if (at < sizeBytes) {
          this.flipBit(path, at)
          flipped.push({ path, position: at })
          break
        }
        at -= sizeBytes
      }
    }
    return flipped
  }

  /** Removes a file as somebody else would, durably. */
  removeFile(path: string): void {
    this.#names.delete(path)
    this.#durableNames.delete(path)
  }

  #endHandles(): void {
    for (const handle of this.#handles.keys()) this.#stale.add(handle)
    this.#handles = new Map()
    this.#isLocked = false
    this.#isCrashed = false
    this.#changesLeft = Infinity
  }

  #enter(operation?: VirtualOperation): void {
    if (this.#isCrashed) throw new SimulatedCrash('crashed')
    if (!this.#isPlugged) {
      if (operation !== undefined && operation !== 'read' && operation !== 'open') this.strayWrites++
      throw errno(operation === 'open' ? 'ENOENT' : 'EIO')
    }
    if (operation === undefined || this.#faults.length === 0) return
    const concerned = this.#faults.filter((fault) => fault.operation === 'any' || fault.operation === operation)
    for (const fault of concerned) fault.left--
    const due = concerned.find((fault) => fault.left <= 0)
    if (due === undefined) return
    if (!due.sticky) this.#faults.splice(this.#faults.indexOf(due), 1)
    throw errno(due.code)
  }

  #change(): void {
    this.changes++
    if (this.changes < this.#changesLeft) return
    this.#isCrashed = true
    throw new SimulatedCrash(`at change ${this.changes}`)
  }

  #handle(file: FileHandle): Handle {
    const handle = this.#handles.get(file)
    if (handle === undefined) throw errno('EIO')
    return handle
  }

  #requireFolderOf(path: string): void {
    const folder = folderOf(path)
    if (folder !== '' && this.#names.get(folder) !== 'folder') throw errno('ENOENT')
    if (this.#isReadOnly) throw errno('EROFS')
  }

  /** Each unsynced change by itself: kept, lost, or kept in some of its sectors. */
  #settle(file: VirtualFile): void {
    for (const change of file.unsynced) {
      const fate = this.#random()
      if (fate < 0.3) continue
      if ('truncateTo' in change) file.durable.truncate(change.truncateTo)
      else if (fate < 0.6) file.durable.write(change.bytes, change.position)
      else this.#tear(file.durable, change.bytes, change.position, fate < 0.75 ? 'prefix' : fate < 0.9 ? 'hole' : 'sectors')
    }
    file.unsynced = []
    file.current = file.durable.share()
  }

  /** Sectors of a write: all up to some sector, all but a few in a row, or each by itself. */
  #tear(content: Content, bytes: Uint8Array, position: number, kind: 'prefix' | 'hole' | 'sectors'): void {
    const from = position + Math.floor(this.#random() * bytes.byteLength)
    const to = kind === 'prefix' ? Infinity : from + sectorBytes * (1 + Math.floor(this.#random() * 4))
    for (let at = position; at < position + bytes.byteLength; ) {
      const end = Math.min((Math.floor(at / sectorBytes) + 1) * sectorBytes, position + bytes.byteLength)
      const isKept = kind === 'sectors' ? this.#random() < 0.5 : end <= from || at >= to
      if (isKept) content.write(bytes.subarray(at - position, end - position), at)
      at = end
    }
  }
}

function applyNameChange(names: Map<string, VirtualFile | 'folder'>, change: NameChange): void {
  if (change.kind === 'create') names.set(change.path, change.node)
  else if (change.kind === 'unlink') names.delete(change.path)
  else {
    names.delete(change.from)
    names.set(change.to, change.node)
  }
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

function hasFolders(names: ReadonlyMap<string, unknown>, path: string): boolean {
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) if (names.get(folder) !== 'folder') return false
  return true
}

function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated`), { code })
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
