// Whether something was told before, on this installation: an empty file as a mark.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** True the first time only. Where the mark can't be written it is told again after a restart. */
export function isFirstTelling(folder: string, name: string): boolean {
  const mark = join(folder, `told-${name}`)
  if (existsSync(mark)) return false
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(mark, '')
  } catch {
    // Told once more is better than not at all.
  }
  return true
}
