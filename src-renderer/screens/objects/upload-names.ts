// Which chosen files may be uploaded, and under which names. Stricter than the store: names that people can't see or that other tools resolve as
// paths are refused here, each with its reason.
import { findNameFault } from '../../../src-main/objects/rules/object-name.ts'

export type UploadNameFault = 'too-long' | 'control-character' | 'dot-segment' | 'not-text'

export interface ChosenFile {
  readonly file: File
  /** Within what was chosen, with folders: `2019/a.raw`. */
  readonly path: string
}

export interface PlannedUpload {
  readonly name: string
  readonly file: File
}

export interface UploadPlanning {
  readonly uploads: readonly PlannedUpload[]
  readonly refused: readonly { readonly name: string; readonly fault: UploadNameFault }[]
  readonly sizeBytes: number
}

/** Undefined: a good name. */
export function findUploadNameFault(name: string): UploadNameFault | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'control-character'
  if (name.split('/').some((segment) => segment === '.' || segment === '..')) return 'dot-segment'
  const fault = findNameFault(name)
  if (fault === undefined) return undefined
  return fault === 'object-name-too-long' ? 'too-long' : 'not-text'
}

export function planUploads(folder: string, chosen: readonly ChosenFile[]): UploadPlanning {
  const uploads: PlannedUpload[] = []
  const refused: { name: string; fault: UploadNameFault }[] = []
  let sizeBytes = 0
  for (const { file, path } of chosen) {
    // Decomposed accents, as some systems give them, would be another name than the one that is typed.
    const name = folder + path.normalize('NFC')
    const fault = findUploadNameFault(name)
    if (fault !== undefined) refused.push({ name, fault })
    else {
      uploads.push({ name, file })
      sizeBytes += file.size
    }
  }
  // By name, so that one can follow how far it is.
  uploads.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { uploads, refused, sizeBytes }
}
