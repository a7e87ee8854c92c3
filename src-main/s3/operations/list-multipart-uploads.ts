// ListMultipartUploads: GET /bucket?uploads
import type { ListedUpload } from '../../objects/index.ts'
import { xmlReply } from '../reply.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { commonPrefixElements, nameElement, ownerElement, readNameEncoding, readPageLimit, type NameEncoding } from '../wire/listing.ts'
import { findParameter } from '../wire/query.ts'
import { document, element, wrap } from '../wire/xml-writer.ts'
import type { Operation } from './operation.ts'

export const listMultipartUploads: Operation = async (call, objects) => {
  const { query, bucket } = call
  const prefix = findParameter(query, 'prefix') ?? ''
  const delimiter = findParameter(query, 'delimiter') ?? ''
  const afterName = findParameter(query, 'key-marker') ?? ''
  const afterUploadId = afterName === '' ? '' : (findParameter(query, 'upload-id-marker') ?? '')
  const limit = readPageLimit(query, 'max-uploads')
  const encoding = readNameEncoding(query)
  const page = await objects.listUploads({ bucket, prefix, delimiter, afterName, afterUploadId, limit })
  const truncated = page.next !== undefined && limit > 0
  let xml = element('Bucket', bucket) + nameElement('KeyMarker', afterName, encoding) + element('UploadIdMarker', afterUploadId)
  if (truncated && page.next !== undefined) xml += nameElement('NextKeyMarker', page.next.name, encoding) + element('NextUploadIdMarker', page.next.uploadId)
  xml += nameElement('Prefix', prefix, encoding)
  if (delimiter !== '') xml += nameElement('Delimiter', delimiter, encoding)
  xml += element('MaxUploads', limit) + element('IsTruncated', truncated) + encoding.declared
  for (const upload of page.uploads) xml += uploadElement(upload, encoding, call.settings.ownerId)
  return xmlReply(document('ListMultipartUploadsResult', xml + commonPrefixElements(page.commonPrefixes, encoding)))
}

function uploadElement(upload: ListedUpload, encoding: NameEncoding, ownerId: string): string {
  const { checksum } = upload
  return wrap(
    'Upload',
    nameElement('Key', upload.name, encoding) +
      element('UploadId', upload.uploadId) +
      ownerElement('Initiator', ownerId) +
      ownerElement('Owner', ownerId) +
      element('StorageClass', upload.storageClass) +
      element('Initiated', formatXmlDate(upload.startedMs)) +
      (checksum === undefined ? '' : element('ChecksumAlgorithm', checksum.algorithm.toUpperCase()) + element('ChecksumType', checksum.type)),
  )
}
