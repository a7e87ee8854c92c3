// What one folder of a bucket holds, page by page as it is scrolled. Pure: asking is passed in, whoever shows it is told of changes.

export interface ListedObject {
  readonly kind: 'object'
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export interface ListedFolder {
  readonly kind: 'folder'
  /** With the slash at its end. */
  readonly name: string
}

export type ListedEntry = ListedObject | ListedFolder

export interface ListingPage {
  readonly folders: readonly string[]
  readonly objects: readonly { readonly name: string; readonly sizeBytes: number; readonly modifiedMs: number }[]
  readonly next?: string | undefined
}

export interface ListingPlace {
  readonly bucket: string
  readonly prefix: string
}

export type AskForPage = (place: ListingPlace, after: string | undefined) => Promise<ListingPage>

export interface ListingView<Fault> {
  readonly place: ListingPlace
  readonly entries: readonly ListedEntry[]
  readonly pages: number
  readonly isLoading: boolean
  /** More names follow. */
  readonly hasMore: boolean
  /** The last request failed; `entries` stay. */
  readonly fault: Fault | undefined
}

export interface ObjectListing<Fault> {
  readonly view: ListingView<Fault>
  /** Another folder, or the same from its beginning. */
  open(place: ListingPlace): void
  /** Reads the same pages again; what is shown stays until they are here. */
  refresh(): void
  /** Rows up to here are wanted: the next page is asked for when the loaded ones end soon after. */
  need(end: number): void
  retry(): void
  /** Takes names away that were just deleted. */
  forget(names: ReadonlySet<string>): void
}

/** So many rows before the end of what is loaded the next page is asked for. */
export const aheadRows = 600

export function createObjectListing<Fault>(
  ask: AskForPage,
  toFault: (error: unknown) => Fault,
  onChange: (view: ListingView<Fault>) => void,
): ObjectListing<Fault> {
  let view: ListingView<Fault> = { place: { bucket: '', prefix: '' }, entries: [], pages: 0, isLoading: false, hasMore: false, fault: undefined }
  let next: string | undefined
  /** Answers of an earlier opening don't count. */
  let opening = 0
  let wanted = 0

  function show(change: Partial<ListingView<Fault>>): void {
    view = { ...view, ...change }
    onChange(view)
  }

  async function load(): Promise<void> {
    if (view.isLoading) return
    const mine = opening
    show({ isLoading: true, fault: undefined })
    try {
      const page = await ask(view.place, next)
      if (mine !== opening) return
      next = page.next
      show({ entries: [...view.entries, ...mergePage(page)], pages: view.pages + 1, isLoading: false, hasMore: next !== undefined })
      more()
    } catch (error) {
      if (mine === opening) show({ isLoading: false, fault: toFault(error) })
    }
  }

  function more(): void {
    if (view.hasMore && !view.isLoading && view.fault === undefined && wanted + aheadRows > view.entries.length) void load()
  }

  async function reload(pages: number): Promise<void> {
    const mine = ++opening
    const entries: ListedEntry[] = []
    let after: string | undefined
    let read = 0
    show({ isLoading: true, fault: undefined })
    try {
      do {
        const page = await ask(view.place, after)
        if (mine !== opening) return
        entries.push(...mergePage(page))
        after = page.next
        read++
      } while (after !== undefined && read < pages)
      next = after
      show({ entries, pages: read, isLoading: false, hasMore: after !== undefined })
      more()
    } catch (error) {
      if (mine === opening) show({ isLoading: false, fault: toFault(error) })
    }
  }

  return {
    get view() {
      return view
    },
    open(place) {
      opening++
      next = undefined
      wanted = 0
      view = { place, entries: [], pages: 0, isLoading: false, hasMore: true, fault: undefined }
      void load()
    },
    refresh: () => void reload(Math.max(1, view.pages)),
    need(end) {
      wanted = end
      more()
    },
    retry() {
      if (view.fault !== undefined) void load()
    },
    forget(names) {
      show({ entries: view.entries.filter((entry) => !names.has(entry.name)) })
    },
  }
}

/** Folders and objects in the one order in which the store lists them. */
function mergePage({ folders, objects }: ListingPage): ListedEntry[] {
  const entries: ListedEntry[] = []
  let folderAt = 0
  for (const { name, sizeBytes, modifiedMs } of objects) {
    for (let folder = folders[folderAt]; folder !== undefined && compareNames(folder, name) < 0; folder = folders[++folderAt])
      entries.push({ kind: 'folder', name: folder })
    entries.push({ kind: 'object', name, sizeBytes, modifiedMs })
  }
  for (const name of folders.slice(folderAt)) entries.push({ kind: 'folder', name })
  return entries
}

/** By code point, as S3 orders names (the order of their UTF-8). */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    // Halves of pairs stand for code points above all others.
    if (left !== right) return rankUnit(left) - rankUnit(right)
  }
  return a.length - b.length
}

function rankUnit(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
