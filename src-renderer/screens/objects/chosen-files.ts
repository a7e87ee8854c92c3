// Files from a button or from a drop, folders with all that is in them.
import type { ChosenFile } from './upload-names.ts'

/** More than a page can hold at hand; a client does that better. */
export const chosenFilesMax = 100_000

export function fromInput(files: FileList): ChosenFile[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }))
}

/** Must be called in the drop itself: the entries are gone afterwards. Rejects when something can't be read. */
export function fromDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const files: ChosenFile[] = []
  const entries: FileSystemEntry[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    // Not from a file system, as a picture dragged out of a page.
    const file = entry === null ? item.getAsFile() : null
    if (entry !== null) entries.push(entry)
    else if (file !== null) files.push({ file, path: file.name })
  }
  return collect(entries, files)
}

async function collect(entries: readonly FileSystemEntry[], files: readonly ChosenFile[]): Promise<ChosenFile[]> {
  const chosen = [...files]
  const waiting = [...entries]
  for (let entry = waiting.shift(); entry !== undefined && chosen.length <= chosenFilesMax; entry = waiting.shift()) {
    if (isFile(entry)) chosen.push({ file: await readFile(entry), path: entry.fullPath.replace(/^\//, '') })
    else if (isFolder(entry)) waiting.push(...(await readFolder(entry)))
  }
  return chosen
}

function readFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader gives a hundred at a time, until it gives none. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}
