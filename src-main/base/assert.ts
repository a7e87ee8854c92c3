// What cannot happen. A failed assertion is a bug, travels untouched and becomes a 500.

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** For the default branch of an exhaustive switch. */
export function assertNever(value: never, message = 'value outside its union'): never {
  throw new AssertionError(`${message}: ${String(value)}`)
}
