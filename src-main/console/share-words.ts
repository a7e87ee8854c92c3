// What to tell somebody about the share just entered: what it was, and what to do. Never the share.
import type { ShareVerdict, ShareLookalike } from '../keystore/index.ts'
import { assertNever } from '../base/assert.ts'

export interface ShareWords {
  readonly message: string
  readonly hint: string
}

const lookalikes: Readonly<Record<ShareLookalike, string>> = {
  empty: 'Nothing was entered.',
  'too-long': 'This is far longer than a share.',
  'root-token': 'This is a token for vault clients, not a share.',
  'access-key': 'This looks like an S3 access key, not a share.',
  'secret-key': 'This looks like an S3 secret key, not a share.',
  'kes-api-key': 'This is an API key for kes, not a share.',
  'pgp-message': 'This is an encrypted message. Decrypt it first; the share is inside.',
  pem: 'This is a certificate or key file, not a share.',
  'newer-card': 'This card was made by a newer Coffer.',
  unknown: 'This is not a share.',
}

const cardHint = 'A card begins with coffer-share-1: and has twenty groups; base64, hex and words are understood too.'

/** `isRight`: whether it counted for something (a duplicate did, before). */
export function describeVerdict(verdict: ShareVerdict): ShareWords & { readonly isRight: boolean } {
  switch (verdict.verdict) {
    case 'accepted': {
      const left = verdict.threshold - verdict.progress
      return { isRight: true, message: `${nameOf(verdict)} accepted: ${verdict.progress} of ${verdict.threshold}.`, hint: left === 1 ? 'One more share is needed.' : `${left} more shares are needed.` }
    }
    case 'duplicate':
      return { isRight: true, message: `${nameOf(verdict)} was entered already: ${verdict.progress} of ${verdict.threshold}.`, hint: 'Enter a different one.' }
    case 'opened':
      return { isRight: true, message: `${nameOf(verdict)} accepted. The store is open.`, hint: '' }
    case 'reissue-confirmed':
      return { isRight: true, message: `${nameOf(verdict)} accepted. The new cards are in force.`, hint: `Destroy the cards before generation ${verdict.shareGeneration}.` }
    case 'already-open':
      return { isRight: true, message: `${nameOf(verdict)} is good. The store is open already.`, hint: '' }
    case 'typing-error':
      return { isRight: false, message: verdict.group === undefined ? 'There is a typing error in the share.' : `There is a typing error in group ${verdict.group} of ${verdict.groups}.`, hint: 'Compare it with the card and enter it again.' }
    case 'not-a-share':
      return { isRight: false, message: lookalikes[verdict.lookalike], hint: cardHint }
    case 'old-generation':
      return { isRight: false, message: `This is an old card: generation ${verdict.shareGeneration}, and generation ${verdict.currentGeneration} is in force.`, hint: 'Destroy it and use the new card.' }
    case 'newer-generation':
      return { isRight: false, message: `This card is of generation ${verdict.shareGeneration}, but these drives know only generation ${verdict.currentGeneration}.`, hint: 'These drives are older than the card. Connect the newer drives.' }
    case 'foreign':
      return { isRight: false, message: `This card belongs to another store (${verdict.deploymentShortId}).`, hint: 'Enter a card of this store.' }
    case 'wrong':
      return { isRight: false, message: 'This is a share, but not of this store. What was entered before still counts.', hint: 'Check which card it is.' }
    default:
      return assertNever(verdict)
  }
}

function nameOf(share: { readonly shareNumber: number; readonly label: string }): string {
  return share.label === '' ? `Share ${share.shareNumber}` : `Share ${share.shareNumber} (${share.label})`
}
