// ListObjectVersions: GET /bucket?versions. Buckets are not versioned: each object shows as its `null` version, the newest.
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { commonPrefixElements, nameElement, ownerElement, readNameEncoding, readPageLimit } from '../wire/listing.ts'
import { findParameter } from '../wire/query.ts'
import { document, element } from '../wire/xml-writer.ts'
import { contentsElement } from './list-objects.ts'
import type { Operation } from './operation.ts'

export const listObjectVersions: Operation = async (call, objects) => {
  const { query, bucket } = call
  const prefix = findParameter(query, 'prefix') ?? ''
  const delimiter = findParameter(query, 'delimiter') ?? ''
  const keyMarker = findParameter(query, 'key-marker') ?? ''
  const versionMarker = findParameter(query, 'version-id-marker') ?? ''
  if (versionMarker !== '' && keyMarker === '')
    throw refusal('invalid-argument', 'A version-id marker cannot be specified without a key marker.', { argumentName: 'version-id-marker' })
  const limit = readPageLimit(query, 'max-keys')
  const encoding = readNameEncoding(query)
  const page = await objects.listObjects({ bucket, prefix, delimiter, after: keyMarker, limit })
  const truncated = page.next !== undefined && limit > 0
  let xml =
    element('Name', bucket) +
    nameElement('Prefix', prefix, encoding) +
    nameElement('KeyMarker', keyMarker, encoding) +
    element('VersionIdMarker', versionMarker)
  if (truncated && page.next !== undefined) xml += nameElement('NextKeyMarker', page.next, encoding) + element('NextVersionIdMarker', 'null')
  xml += element('MaxKeys', limit)
  if (delimiter !== '') xml += nameElement('Delimiter', delimiter, encoding)
  xml += element('IsTruncated', truncated) + encoding.declared
  const extra = element('VersionId', 'null') + element('IsLatest', true) + ownerElement('Owner', call.settings.ownerId)
  for (const object of page.objects) xml += contentsElement('Version', object, encoding, extra)
  return xmlReply(document('ListVersionsResult', xml + commonPrefixElements(page.commonPrefixes, encoding)))
}
