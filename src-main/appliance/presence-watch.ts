// Looks after the drives of a closed store: one that is pulled, or put back, is noticed within seconds, so that the page and the tray say
// what is there now. The store looks for its drives anew then; an open store has its own watch.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { DriveError } from '../storage/erasure/index.ts'
import type { FoundStore } from './drive-search.ts'

const lookMs = 2000

/** Calls back at every look that finds a change, until the result is called. `paths`: where drives may be. */
export function watchPresence(found: FoundStore, paths: readonly string[], clock: Clock, onChange: () => void): () => void {
  const connections = (found.search.set?.slots ?? []).flatMap((slot) => (slot === undefined ? [] : [slot.connection]))
  const known = new Set([...connections.map(({ path }) => path), ...found.search.refused.map(({ path }) => path)])
  const away = [...new Set(paths)].filter((path) => !known.has(path))
  // What was there and was not taken (of another store, say) is no news.
  const absent = Promise.all(away.map(hasIdentity)).then((present) => away.filter((_path, index) => present[index] === false))
  let isOver = false
  let cancel: () => void = () => undefined
  const look = async (): Promise<void> => {
    const changes = await Promise.all([...connections.map(({ probe }) => isGone(probe)), ...(await absent).map(hasIdentity)])
    if (isOver) return
    if (changes.includes(true)) onChange()
    arm()
  }
  const arm = (): void => {
    cancel = clock.after(lookMs, () => { void look() })
  }
  arm()
  return () => {
    isOver = true
    cancel()
  }
}

async function isGone(probe: (input: Record<string, never>) => Promise<void>): Promise<boolean> {
  try {
    await probe({})
    return false
  } catch (error) {
    return error instanceof DriveError && error.fault === 'gone'
  }
}

async function hasIdentity(path: string): Promise<boolean> {
  try {
    await access(join(path, '.coffer', 'drive-identity'))
    return true
  } catch {
    return false
  }
}
