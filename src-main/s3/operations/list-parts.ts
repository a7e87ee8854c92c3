// ListParts: GET /bucket/name?uploadId=
import type { Checksum } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { checksumElements } from '../wire/checksums.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { parseCount } from '../wire/headers.ts'
import { nameElement, ownerElement, readNameEncoding, readPageLimit } from '../wire/listing.ts'
import { findParameter } from '../wire/query.ts'
import { document, element, etagElement, wrap } from '../wire/xml-writer.ts'
import type { Operation } from './operation.ts'
import { uploadAddressOf } from './upload-part.ts'

export const listParts: Operation = async (call, objects) => {
  const address = uploadAddressOf(call)
  const limit = readPageLimit(call.query, 'max-parts')
  const encoding = readNameEncoding(call.query)
  const after = readMarker(findParameter(call.query, 'part-number-marker') ?? '')
  const page = await objects.listParts(address, after, Math.max(limit, 1))
  const parts = page.parts.slice(0, limit)
  const { upload } = page
  let xml = element('Bucket', call.bucket) + nameElement('Key', call.name, encoding) + element('UploadId', address.uploadId)
  xml += ownerElement('Initiator', call.settings.ownerId) + ownerElement('Owner', call.settings.ownerId) + element('StorageClass', upload.storageClass)
  xml += element('PartNumberMarker', after) + element('NextPartNumberMarker', parts.at(-1)?.partNumber ?? 0) + element('MaxParts', limit)
  xml += element('IsTruncated', page.truncated && limit > 0)
  if (upload.checksum !== undefined)
    xml += element('ChecksumAlgorithm', upload.checksum.algorithm.toUpperCase()) + element('ChecksumType', upload.checksum.type)
  for (const part of parts) {
    const content =
      element('PartNumber', part.partNumber) + element('LastModified', formatXmlDate(part.modifiedMs)) + etagElement(part.etag) + element('Size', part.size)
    xml += wrap('Part', content + (part.checksum === undefined ? '' : element(checksumElements[part.checksum.algorithm], part.checksum.value)))
  }
  return xmlReply(document('ListPartsResult', xml))
}

function readMarker(text: string): number {
  const after = text === '' ? 0 : parseCount(text)
  if (after === undefined)
    throw refusal('invalid-argument', 'Argument part-number-marker must be an integer', { argumentName: 'part-number-marker', argumentValue: text })
  return after
}

/** Value and type of a checksum in results. */
export function checksumElement(checksum: Checksum | undefined): string {
  return checksum === undefined ? '' : element(checksumElements[checksum.algorithm], checksum.value) + element('ChecksumType', checksum.type)
}
