// Area setup, drives: what could become a drive, and what a choice of them would give.
import type { DriveWarning } from '../../contract/setup-drives.ts'
import type { OutputOf } from '../../contract/procedures.ts'
import type { ConsoleServices, Handlers } from '../call-context.ts'
import { ConsoleError } from '../errors.ts'
import type { CheckedDrive } from '../ports.ts'

const warningTexts: Readonly<Record<DriveWarning, string>> = {
  folder: 'This is a folder on a drive that holds other things too. Good for trying out; a drive of its own is safer.',
  'root-device': "This is on the system's own drive; if that fails, this fails with it.",
  'same-device': 'Another of the chosen drives is on the same device; if it fails you lose both.',
  'not-there': 'There is no such folder, and none can be made here.',
  'not-empty': 'There are files here. Coffer takes only an empty drive or folder.',
  'not-a-folder': 'There is no folder here that could be used.',
  'not-writable': "Coffer's user may not write here.",
  'has-coffer': 'This belongs to a Coffer store already.',
  'too-small': 'There is too little room here.',
}

const willBeMade = 'This folder does not exist yet. It will be made.'

export function setupDriveHandlers({ store }: ConsoleServices): Handlers<'setup.findDrives' | 'setup.checkDrives' | 'setup.layout'> {
  return {
    'setup.findDrives': () => ({ candidates: store.findDrives().map((drive) => ({ ...drive, warnings: toWarnings(drive) })) }),
    'setup.checkDrives': ({ paths }) => ({ drives: toCheckedDrives(store.checkDrives(paths)) }),
    'setup.layout': ({ drives, parity }) => {
      const layout = store.layOut(drives, parity)
      if (layout === undefined) {
        throw new ConsoleError('bad-input', 'No set can be made of so many drives with this parity.', { hint: 'A set has 1 to 16 drives, and parity is at most half of them.' })
      }
      return { ...layout, drives: toCheckedDrives(layout.drives), options: layout.options.map((option) => ({ ...option, outcomes: [...option.outcomes] })) }
    },
  }
}

function toCheckedDrives(drives: readonly CheckedDrive[]): OutputOf<'setup.checkDrives'>['drives'] {
  return drives.map((drive) => ({ ...drive, warnings: toWarnings(drive) }))
}

function toWarnings({ warnings, usable }: CheckedDrive): { code: DriveWarning; text: string }[] {
  return warnings.map((code) => ({ code, text: code === 'not-there' && usable ? willBeMade : warningTexts[code] }))
}
