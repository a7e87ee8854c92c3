// What is told of a share: whose it is, or why it is none. Pure.
import type { ShareRefusal } from './keystore-types.ts'
import type { KnownShare } from './seal/share-collection.ts'
import type { ParsedShareInput } from './seal/share-input.ts'

export function toFacts(known: KnownShare): { shareNumber: number; label: string; shareGeneration: number } {
  return { shareNumber: known.shareNumber, label: known.label, shareGeneration: known.set.generation }
}

export function toRefusal(parsed: Exclude<ParsedShareInput, { result: 'share' }>): ShareRefusal {
  if (parsed.result === 'not-a-share') return { verdict: 'not-a-share', lookalike: parsed.lookalike }
  return { verdict: 'typing-error', form: parsed.form, group: parsed.group, groups: parsed.groups }
}
