// Deleting many: first everything is counted (folders are read to their last name), then deleted by the thousand; what failed is told by name.
import type { ListedEntry, ListingPage } from './object-listing.ts'

export const deleteCountMax = 100_000
const batchSize = 1000

export interface DeletePlan {
  readonly names: readonly string[]
  readonly sizeBytes: number
  /** More than `deleteCountMax`: nothing is deleted. */
  readonly isTooMany: boolean
}

export interface DeleteResult {
  readonly deleted: readonly string[]
  readonly failed: readonly { readonly name: string; readonly message: string }[]
}

/** `listAll`: a page of everything below a folder. Rejects with the signal's reason when aborted between two pages. */
export async function planDeletion(
  entries: readonly ListedEntry[],
  listAll: (prefix: string, after: string | undefined) => Promise<ListingPage>,
  onCounted: (count: number) => void,
  signal: AbortSignal,
): Promise<DeletePlan> {
  const sizes = new Map<string, number>()
  for (const entry of entries) if (entry.kind === 'object') sizes.set(entry.name, entry.sizeBytes)
  for (const entry of entries) {
    if (entry.kind !== 'folder') continue
    let after: string | undefined
    do {
      signal.throwIfAborted()
      const page = await listAll(entry.name, after)
      for (const { name, sizeBytes } of page.objects) sizes.set(name, sizeBytes)
      onCounted(sizes.size)
      after = page.next
    } while (after !== undefined && sizes.size <= deleteCountMax)
  }
  signal.throwIfAborted()
  return { names: [...sizes.keys()], sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0), isTooMany: sizes.size > deleteCountMax }
}

/** Stops between two batches when aborted, and tells what was done until then. */
export async function deleteNames(
  names: readonly string[],
  deleteBatch: (names: string[]) => Promise<{ readonly failed: readonly { readonly name: string; readonly message: string }[] }>,
  onDone: (count: number) => void,
  signal: AbortSignal,
): Promise<DeleteResult> {
  const deleted: string[] = []
  const failed: { name: string; message: string }[] = []
  for (let at = 0; at < names.length && !signal.aborted; at += batchSize) {
    const batch = names.slice(at, at + batchSize)
    const result = await deleteBatch(batch)
    const refused = new Set(result.failed.map(({ name }) => name))
    failed.push(...result.failed)
    deleted.push(...batch.filter((name) => !refused.has(name)))
    onDone(deleted.length + failed.length)
  }
  return { deleted, failed }
}
