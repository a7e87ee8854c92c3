// Texts of entering shares and of starting, on the unseal screen and in the wizard.
import type { startStages } from '../../src-main/contract/state.ts'

export const texts = {
  label: 'Share',
  hint: 'Card code, words, base64 or hex. Spaces and line breaks do not matter.',
  dropHere: 'Drop the card file here',
  add: 'Add',
  file: 'Card file…',
  fileTooLarge: 'This file is far larger than a share card.',
  fileNotRead: 'The file could not be read.',
  wait: (seconds: number) => `Too many wrong entries. Wait ${seconds} s.`,
  empty: 'Enter a share first.',
  progress: 'Shares entered',
  progressText: (progress: number, threshold: number) => `${progress} of ${threshold} shares`,
  stages: 'Starting',
  stageNames: {
    keys: 'Keys',
    drives: 'Drives and their logs',
    configuration: 'Configuration',
    identities: 'Identities',
    listeners: 'S3 service',
  } satisfies Record<(typeof startStages)[number], string>,
  stageDone: 'done',
  stageNow: 'under way',
  stageWaits: 'waiting',
  stageFailed: 'failed',
} as const
