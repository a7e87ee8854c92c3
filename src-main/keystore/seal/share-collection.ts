// The shares of one attempt: which set each belongs to, how many are missing, and what a share that does not belong is.
// No clock, no input or output; holds secrets, so whoever drops it wipes it.
import { SecretBytes } from '../../crypto/secret-bytes.ts'
import { findShareCheck } from '../format/share-check.ts'
import type { FormerShares, SealRecordHead, ShareSet } from '../format/seal-record.ts'
import { toDeploymentShortId, type ShareEnvelope } from '../format/share-card.ts'

export interface KnownShare {
  readonly verdict: 'known'
  readonly set: ShareSet
  readonly shareNumber: number
  readonly label: string
}

export type UnknownShare =
  | { readonly verdict: 'old-generation'; readonly shareGeneration: number; readonly currentGeneration: number }
  /** A card of an issue that these drives never saw: they are older than the card. */
  | { readonly verdict: 'newer-generation'; readonly shareGeneration: number; readonly currentGeneration: number }
  | { readonly verdict: 'foreign'; readonly deploymentShortId: string }
  /** Well-formed, and no share of this store. Nothing that was collected is lost. */
  | { readonly verdict: 'wrong' }

/** Which share of this store it is, if any. `share` has 33 bytes; the envelope is believed only about shares that are not ours. */
export function recogniseShare(head: SealRecordHead, share: Uint8Array, envelope: ShareEnvelope | undefined): KnownShare | UnknownShare {
  for (const set of head.pending === undefined ? [head.current] : [head.current, head.pending]) {
    const index = findShareCheck(set.checkSalt, set.shares.map((entry) => entry.check), share) // prettier-ignore
    if (index !== undefined) return { verdict: 'known', set, shareNumber: index + 1, label: set.shares[index]?.label ?? '' }
  }
  const currentGeneration = head.current.generation
  const former = head.former.find((set) => isFormerShare(set, share))
  if (former !== undefined) return { verdict: 'old-generation', shareGeneration: former.generation, currentGeneration }
  if (envelope === undefined) return { verdict: 'wrong' }
  if (envelope.deploymentShortId !== toDeploymentShortId(head.deploymentId)) return { verdict: 'foreign', deploymentShortId: envelope.deploymentShortId }
  const { shareGeneration } = envelope
  if (shareGeneration < currentGeneration) return { verdict: 'old-generation', shareGeneration, currentGeneration }
  if (shareGeneration > (head.pending?.generation ?? currentGeneration)) return { verdict: 'newer-generation', shareGeneration, currentGeneration }
  return { verdict: 'wrong' }
}

function isFormerShare(former: FormerShares, share: Uint8Array): boolean {
  return findShareCheck(former.checkSalt, former.checks, share) !== undefined
}

export interface CollectedShare {
  readonly shareNumber: number
  readonly label: string
}

export class ShareCollection {
  readonly #byGeneration = new Map<number, Map<number, SecretBytes>>()

  /** Copies the share. False: that one is here already. */
  add(shareGeneration: number, shareNumber: number, share: Uint8Array): boolean {
    const collected = this.#byGeneration.get(shareGeneration) ?? new Map<number, SecretBytes>()
    if (collected.has(shareNumber)) return false
    collected.set(shareNumber, SecretBytes.copyOf(share))
    this.#byGeneration.set(shareGeneration, collected)
    return true
  }

  progress(shareGeneration: number): number {
    return this.#byGeneration.get(shareGeneration)?.size ?? 0
  }

  shareNumbers(shareGeneration: number): readonly number[] {
    return [...(this.#byGeneration.get(shareGeneration)?.keys() ?? [])].sort((a, b) => a - b)
  }

  /** Lends every share of one generation. */
  use<T>(shareGeneration: number, borrow: (shares: readonly Uint8Array[]) => T): T {
    const lent: Uint8Array[] = []
    for (const secret of this.#byGeneration.get(shareGeneration)?.values() ?? []) secret.use((share) => lent.push(share))
    return borrow(lent)
  }

  wipe(): void {
    for (const collected of this.#byGeneration.values()) for (const secret of collected.values()) secret.wipe()
    this.#byGeneration.clear()
  }
}
