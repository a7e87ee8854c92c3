// Where the drives were last time, as a hint in the state folder: identity decides, the hint only says where to look. Losing it loses nothing.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const hintsSchema = z.object({ drives: z.array(z.string()).max(64) })
const fileName = 'drives.json'

export function readDriveHints(stateFolder: string): readonly string[] {
  try {
    const parsed = hintsSchema.safeParse(JSON.parse(readFileSync(join(stateFolder, fileName), 'utf8')))
    return parsed.success ? parsed.data.drives : []
  } catch {
    return []
  }
}

export function writeDriveHints(stateFolder: string, drives: readonly string[]): void {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
  const path = join(stateFolder, fileName)
  writeFileSync(`${path}.new`, JSON.stringify({ drives }), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
