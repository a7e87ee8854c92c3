// What was chosen in set-up so far, in the state folder, so that a restart loses nothing. The console says what may stand in it: no secret.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DraftPort } from '../console/index.ts'

const fileSizeMax = 512 * 1024

export function openSetupDraft(stateFolder: string): DraftPort {
  const path = join(stateFolder, 'setup-draft.json')
  return {
    read() {
      try {
        return statSync(path).size > fileSizeMax ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as unknown)
      } catch {
        return undefined
      }
    },
    save(draft) {
      mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
      writeFileSync(`${path}.new`, JSON.stringify(draft), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    },
    remove() {
      rmSync(path, { force: true })
    },
  }
}
