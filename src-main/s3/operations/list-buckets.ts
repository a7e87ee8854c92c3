// ListBuckets: GET /
import { readNameEncoding, nameElement, ownerElement } from '../wire/listing.ts'
import { formatContinuationToken, parseContinuationToken } from '../wire/continuation-token.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { parseCount } from '../wire/headers.ts'
import { findParameter } from '../wire/query.ts'
import { document, element, optionalElement, wrap } from '../wire/xml-writer.ts'
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import type { Operation } from './operation.ts'

export const listBuckets: Operation = async (call, objects) => {
  const prefix = findParameter(call.query, 'prefix') ?? ''
  const token = findParameter(call.query, 'continuation-token')
  const after = token === undefined ? '' : parseContinuationToken(token)
  const limit = readBucketLimit(findParameter(call.query, 'max-buckets'))
  const region = findParameter(call.query, 'bucket-region')
  const inRegion = region === undefined || region === '' || region === call.settings.region
  const all = inRegion ? await objects.listBuckets() : []
  const matching = all.filter(({ name }) => name.startsWith(prefix) && name > after)
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  const encoding = readNameEncoding([])
  let buckets = ''
  for (const { name, createdMs } of page) buckets += wrap('Bucket', nameElement('Name', name, encoding) + element('CreationDate', formatXmlDate(createdMs)))
  const next = matching.length > page.length && last !== undefined ? formatContinuationToken(last.name) : undefined
  const content = ownerElement('Owner', call.settings.ownerId) + wrap('Buckets', buckets) + optionalElement('ContinuationToken', next)
  return xmlReply(document('ListAllMyBucketsResult', content + (prefix === '' ? '' : element('Prefix', prefix))))
}

function readBucketLimit(text: string | undefined): number {
  if (text === undefined) return 10_000
  const limit = parseCount(text)
  if (limit === undefined || limit < 1 || limit > 10_000)
    throw refusal('invalid-argument', 'max-buckets must be between 1 and 10000', { argumentName: 'max-buckets', argumentValue: text })
  return limit
}
