// The one shape of an expected refusal: a fault from a closed union, facts for people, and the cause.
// A layer has one subclass with its own faults; only the layer above translates it.

/** Facts about a refusal. Never a secret, never content. */
export type FaultDetails = Readonly<Record<string, string | number | boolean | undefined>>

export class TaggedError<Fault extends string> extends Error {
  readonly fault: Fault
  readonly details: FaultDetails

  constructor(fault: Fault, message: string, details: FaultDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.fault = fault
    this.details = details
    this.name = new.target.name
  }
}
