// Which of the names to upload exist already and would be replaced: one look at what lies under the beginning they share.
import type { ListingPage } from './object-listing.ts'

const pagesMax = 10

export interface ReplacedNames {
  readonly names: readonly string[]
  /** False: there is more under this beginning than was looked at. */
  readonly isComplete: boolean
}

export async function findReplacedNames(
  names: readonly string[],
  listAll: (prefix: string, after: string | undefined) => Promise<ListingPage>,
): Promise<ReplacedNames> {
  const wanted = new Set(names)
  const found: string[] = []
  const prefix = commonBeginning(names)
  let after: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const { objects, next } = await listAll(prefix, after)
    for (const { name } of objects) if (wanted.has(name)) found.push(name)
    if (next === undefined || found.length === wanted.size) return { names: found, isComplete: true }
    after = next
  }
  return { names: found, isComplete: false }
}

/** What all names begin with, cut at a whole character. */
export function commonBeginning(names: readonly string[]): string {
  const [first = '', ...others] = names
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--
  const last = first.charCodeAt(length - 1)
  return first.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length)
}
