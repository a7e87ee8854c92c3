// What all listings have in common: page sizes, encoding-type, owners.
import { refusal } from '../errors.ts'
import { encodePercent } from './percent.ts'
import { findParameter, type Query } from './query.ts'
import { element, escapeXml, wrap } from './xml-writer.ts'

export const pageLimitMax = 1000

/** 0 to 1000; greater values are cut. Faults: invalid-argument. */
export function readPageLimit(query: Query, parameter: string): number {
  const text = findParameter(query, parameter)
  if (text === undefined || text === '') return pageLimitMax
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(value) || value > 0x7fffffff) {
    throw refusal('invalid-argument', `Argument ${parameter} must be an integer between 0 and 2147483647`, { argumentName: parameter, argumentValue: text })
  }
  return Math.min(value, pageLimitMax)
}

export interface NameEncoding {
  /** The element EncodingType, or nothing. */
  readonly declared: string
  /** A name as the text of an element, escaped. */
  encode(name: string): string
}

const plain: NameEncoding = { declared: '', encode: escapeXml }
const asUrl: NameEncoding = { declared: element('EncodingType', 'url'), encode: (name) => encodePercent(name, true) }

/** Faults: invalid-argument. */
export function readNameEncoding(query: Query): NameEncoding {
  const text = findParameter(query, 'encoding-type')
  if (text === undefined || text === '') return plain
  if (text === 'url') return asUrl
  throw refusal('invalid-argument', 'Invalid Encoding Method specified in Request', { argumentName: 'encoding-type', argumentValue: text })
}

/** An element whose text is a name. */
export function nameElement(tag: string, name: string, encoding: NameEncoding): string {
  return wrap(tag, encoding.encode(name))
}

export function ownerElement(tag: 'Owner' | 'Initiator', ownerId: string): string {
  return wrap(tag, element('ID', ownerId) + element('DisplayName', 'owner'))
}

export function commonPrefixElements(prefixes: readonly string[], encoding: NameEncoding): string {
  let xml = ''
  for (const prefix of prefixes) xml += wrap('CommonPrefixes', nameElement('Prefix', prefix, encoding))
  return xml
}
