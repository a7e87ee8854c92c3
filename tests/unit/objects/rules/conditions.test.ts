// Conditional requests against the table of what Amazon S3 was measured to do.
import { describe, expect, it } from 'vitest'
import { decideRead, decideWrite, etagMatches } from '../../../../src-main/objects/rules/conditions.ts'

const nowMs = Date.UTC(2026, 5, 1)
const modifiedMs = Date.UTC(2026, 4, 1, 12, 0, 0, 789)
const current = { etag: 'abc', modifiedMs }
const values = {
  match: { '-': {}, hit: { ifMatch: 'abc' }, miss: { ifMatch: 'other' } },
  unmodified: { '-': {}, holds: { ifUnmodifiedSinceMs: modifiedMs + 60_000 }, fails: { ifUnmodifiedSinceMs: modifiedMs - 60_000 } },
  none: { '-': {}, hit: { ifNoneMatch: 'abc' }, miss: { ifNoneMatch: 'other' } },
  modified: { '-': {}, yes: { ifModifiedSinceMs: modifiedMs - 60_000 }, no: { ifModifiedSinceMs: modifiedMs + 60_000 }, future: { ifModifiedSinceMs: nowMs + 60_000 } },
}
/** If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since → status; the first row that fits counts. */
const table: readonly (readonly [string, string, string, string, number])[] = [
  ['miss', '*', '*', '*', 412],
  ['hit', '*', 'hit', '*', 304],
  ['hit', '*', 'miss', '*', 200],
  ['hit', '*', '-', 'no', 304],
  ['hit', '*', '-', '*', 200],
  ['-', 'fails', '*', '*', 412],
  ['-', '*', 'hit', '*', 304],
  ['-', '*', 'miss', '*', 200],
  ['-', '*', '-', 'no', 304],
  ['-', '*', '-', '*', 200],
]
const cases = Object.entries(values.match).flatMap(([match, a]) =>
  Object.entries(values.unmodified).flatMap(([unmodified, b]) =>
    Object.entries(values.none).flatMap(([none, c]) =>
      Object.entries(values.modified).map(([modified, d]) => ({ match, unmodified, none, modified, condition: { ...a, ...b, ...c, ...d } })))))

describe('a conditional read', () => {
  it.each(cases)('with If-Match $match, If-Unmodified-Since $unmodified, If-None-Match $none, If-Modified-Since $modified is as measured', ({ match, unmodified, none, modified, condition }) => {
    const row = table.find(([a, b, c, d]) => (a === '*' || a === match) && (b === '*' || b === unmodified) && (c === '*' || c === none) && (d === '*' || d === modified))
    const status = { proceed: 200, 'not-modified': 304, 'precondition-failed': 412 }[decideRead(condition, current, nowMs).outcome]
    expect(status).toBe(row?.[4])
  })

  it('compares dates in whole seconds, since headers have no more', () => {
    const shown = modifiedMs - (modifiedMs % 1000)
    expect(decideRead({ ifModifiedSinceMs: shown }, current, nowMs)).toEqual({ outcome: 'not-modified', condition: 'If-Modified-Since' })
    expect(decideRead({ ifUnmodifiedSinceMs: shown }, current, nowMs).outcome).toBe('proceed')
    expect(decideRead({ ifModifiedSinceMs: shown - 1000 }, current, nowMs).outcome).toBe('proceed')
    expect(decideRead({ ifUnmodifiedSinceMs: shown - 1000 }, current, nowMs)).toEqual({ outcome: 'precondition-failed', condition: 'If-Unmodified-Since' })
  })
})

describe('a conditional write', () => {
  it.each([
    [{ ifMatch: 'abc' }, undefined, 'no-such-object'],
    [{ ifMatch: '*' }, undefined, 'no-such-object'],
    [{ ifMatch: 'other' }, 'abc', 'precondition-failed'],
    [{ ifNoneMatch: '*' }, 'abc', 'precondition-failed'],
    [{ ifNoneMatch: 'abc' }, 'abc', 'precondition-failed'],
    [{ ifMatch: 'abc', ifNoneMatch: 'abc' }, 'abc', 'precondition-failed'],
    [{ ifMatch: 'abc' }, 'abc', 'proceed'],
    [{ ifMatch: '*' }, 'abc', 'proceed'],
    [{ ifNoneMatch: '*' }, undefined, 'proceed'],
    [{ ifNoneMatch: 'other' }, 'abc', 'proceed'],
    [{}, 'abc', 'proceed'],
    [{}, undefined, 'proceed'],
  ])('of %j over %s: %s', (condition, etag, outcome) => {
    expect(decideWrite(condition, etag).outcome).toBe(outcome)
  })
})

describe('comparing ETags', () => {
  it.each([['abd'], ['ab'], [''], ['"abd"'], ['abd, xyz'], ['ab,c']])('%j is not abc', (condition) => {
    expect(etagMatches(condition, 'abc')).toBe(false)
  })

  it.each([['abc'], ['*'], ['"abc"'], ['xyz, abc'], ['"xyz", W/"abc"'], ['abc","xyz'], ['xyz, *']])('%j is abc', (condition) => {
    expect(etagMatches(condition, 'abc')).toBe(true)
  })
})
