// From a range of plain bytes to stripes, packages and data shards. Pure; nothing outside the range's packages is opened.
import { stripePlainBytes } from './payload-placement.ts'
import { packageOverheadBytes, packagePlainBytes, stripeAt, type PayloadLayout } from './stripe-layout.ts'

export interface StripeRead {
  readonly stripeIndex: number
  /** Whether the body ends with this stripe. */
  readonly last: boolean
  /** Packages of the stripe to open: [from, to). */
  readonly packageFrom: number
  readonly packageTo: number
  /** Data shards those packages touch: [from, to). */
  readonly shardFrom: number
  readonly shardTo: number
  /** Where the wanted plain bytes begin: in the stripe, and in the opened packages. */
  readonly plainFrom: number
  readonly skip: number
  readonly length: number
}

/** First and last stripe that `length` ≥ 1 plain bytes from `offset` touch. */
export function stripesOfRange(offset: number, length: number): { readonly first: number; readonly last: number } {
  return { first: Math.floor(offset / stripePlainBytes), last: Math.floor((offset + length - 1) / stripePlainBytes) }
}

/** What of one stripe is needed for `length` plain bytes of the body from `offset`; the stripe must be one they touch. */
export function planStripeRead(layout: PayloadLayout, offset: number, length: number, stripeIndex: number): StripeRead {
  const stripe = stripeAt(layout, stripeIndex)
  const stripeStart = stripeIndex * stripePlainBytes
  const plainFrom = Math.max(0, offset - stripeStart)
  const plainTo = Math.min(stripe.plainLength, offset + length - stripeStart)
  const packageFrom = Math.floor(plainFrom / packagePlainBytes)
  const packageTo = Math.floor((plainTo - 1) / packagePlainBytes) + 1
  const unit = packagePlainBytes + packageOverheadBytes
  const storedFrom = layout.encrypted ? packageFrom * unit : plainFrom
  const storedTo = layout.encrypted ? Math.min(packageTo * unit, stripe.storedLength) : plainTo
  return {
    stripeIndex, packageFrom, packageTo, plainFrom,
    last: stripeIndex === layout.stripeCount - 1,
    shardFrom: Math.floor(storedFrom / stripe.shardLength),
    shardTo: Math.floor((storedTo - 1) / stripe.shardLength) + 1,
    skip: plainFrom - packageFrom * packagePlainBytes,
    length: plainTo - plainFrom,
  }
}
