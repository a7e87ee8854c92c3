// The query of a request: decoded parameters in arrival order, repeated names kept because they are signed.
import { refusal } from '../errors.ts'
import { decodePercent } from './percent.ts'

export interface QueryParameter {
  readonly name: string
  /** Empty when there was no `=`. */
  readonly value: string
}

export type Query = readonly QueryParameter[]

export const noQuery: Query = []
const parametersMax = 100

/** From the raw text after `?`. Faults: invalid-uri. */
export function parseQuery(text: string): Query {
  if (text === '') return noQuery
  const parameters: QueryParameter[] = []
  for (const piece of text.split('&', parametersMax + 1)) {
    if (piece === '') continue
    if (parameters.length === parametersMax) throw refusal('invalid-uri', 'The query has too many parameters.')
    const equals = piece.indexOf('=')
    const name = decodePercent(equals < 0 ? piece : piece.slice(0, equals), true)
    const value = equals < 0 ? '' : decodePercent(piece.slice(equals + 1), true)
    if (name === undefined || value === undefined) throw refusal('invalid-uri')
    parameters.push({ name, value })
  }
  return parameters
}

/** The first value of that name; undefined when absent. */
export function findParameter(query: Query, name: string): string | undefined {
  for (const parameter of query) if (parameter.name === name) return parameter.value
  return undefined
}
