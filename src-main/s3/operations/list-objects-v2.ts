// ListObjectsV2: GET /bucket?list-type=2
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { formatContinuationToken, parseContinuationToken } from '../wire/continuation-token.ts'
import { commonPrefixElements, nameElement, ownerElement, readNameEncoding, readPageLimit } from '../wire/listing.ts'
import { findParameter } from '../wire/query.ts'
import { document, element } from '../wire/xml-writer.ts'
import { contentsElement } from './list-objects.ts'
import type { Operation } from './operation.ts'

export const listObjectsV2: Operation = async (call, objects) => {
  const { query, bucket } = call
  if (findParameter(query, 'list-type') !== '2') throw refusal('invalid-argument', 'Invalid List Type specified in Request', { argumentName: 'list-type' })
  const prefix = findParameter(query, 'prefix') ?? ''
  const delimiter = findParameter(query, 'delimiter') ?? ''
  const startAfter = findParameter(query, 'start-after') ?? ''
  const token = findParameter(query, 'continuation-token')
  const limit = readPageLimit(query, 'max-keys')
  const encoding = readNameEncoding(query)
  const after = token === undefined ? startAfter : parseContinuationToken(token)
  const page = await objects.listObjects({ bucket, prefix, delimiter, after, limit })
  const truncated = page.next !== undefined && limit > 0
  let xml = element('Name', bucket) + nameElement('Prefix', prefix, encoding)
  if (token !== undefined) xml += element('ContinuationToken', token)
  if (truncated && page.next !== undefined) xml += element('NextContinuationToken', formatContinuationToken(page.next))
  if (startAfter !== '') xml += nameElement('StartAfter', startAfter, encoding)
  xml += element('KeyCount', page.objects.length + page.commonPrefixes.length) + element('MaxKeys', limit)
  if (delimiter !== '') xml += nameElement('Delimiter', delimiter, encoding)
  xml += element('IsTruncated', truncated) + encoding.declared
  const owner = findParameter(query, 'fetch-owner') === 'true' ? ownerElement('Owner', call.settings.ownerId) : ''
  for (const object of page.objects) xml += contentsElement('Contents', object, encoding, owner)
  return xmlReply(document('ListBucketResult', xml + commonPrefixElements(page.commonPrefixes, encoding)))
}
