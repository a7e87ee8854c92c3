// ListObjects, version 1: GET /bucket
import type { ListedObject } from '../../objects/index.ts'
import { xmlReply } from '../reply.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { commonPrefixElements, nameElement, ownerElement, readNameEncoding, readPageLimit, type NameEncoding } from '../wire/listing.ts'
import { findParameter } from '../wire/query.ts'
import { document, element, etagElement } from '../wire/xml-writer.ts'
import type { Operation } from './operation.ts'

export const listObjects: Operation = async (call, objects) => {
  const { query, bucket } = call
  const prefix = findParameter(query, 'prefix') ?? ''
  const delimiter = findParameter(query, 'delimiter') ?? ''
  const marker = findParameter(query, 'marker') ?? ''
  const limit = readPageLimit(query, 'max-keys')
  const encoding = readNameEncoding(query)
  const page = await objects.listObjects({ bucket, prefix, delimiter, after: marker, limit })
  const truncated = page.next !== undefined && limit > 0
  let xml = element('Name', bucket) + nameElement('Prefix', prefix, encoding) + nameElement('Marker', marker, encoding)
  if (truncated && page.next !== undefined) xml += nameElement('NextMarker', page.next, encoding)
  xml += element('MaxKeys', limit)
  if (delimiter !== '') xml += nameElement('Delimiter', delimiter, encoding)
  xml += element('IsTruncated', truncated) + encoding.declared
  const owner = ownerElement('Owner', call.settings.ownerId)
  for (const object of page.objects) xml += contentsElement('Contents', object, encoding, owner)
  return xmlReply(document('ListBucketResult', xml + commonPrefixElements(page.commonPrefixes, encoding)))
}

/** One entry of a listing; `extra` is XML. */
export function contentsElement(tag: 'Contents' | 'Version', object: ListedObject, encoding: NameEncoding, extra: string): string {
  let xml = `<${tag}><Key>${encoding.encode(object.name)}</Key><LastModified>${formatXmlDate(object.modifiedMs)}</LastModified>${etagElement(object.etag)}`
  if (object.checksum !== undefined) {
    xml += `<ChecksumAlgorithm>${object.checksum.algorithm.toUpperCase()}</ChecksumAlgorithm><ChecksumType>${object.checksum.type}</ChecksumType>`
  }
  return `${xml}<Size>${object.size}</Size>${extra}<StorageClass>${object.storageClass}</StorageClass></${tag}>`
}
