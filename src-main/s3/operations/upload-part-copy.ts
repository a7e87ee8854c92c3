// UploadPartCopy: PUT /bucket/name?partNumber=&uploadId= with x-amz-copy-source
import { xmlReply } from '../reply.ts'
import { readReadConditions } from '../wire/conditions.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { encryptionHeaders, refuseEncryptionHeaders } from '../wire/object-headers.ts'
import { findParameter } from '../wire/query.ts'
import { parseCopyRange } from '../wire/range.ts'
import { document, element, etagElement } from '../wire/xml-writer.ts'
import { readCopySource } from './copy-object.ts'
import { readPartNumber } from './get-object.ts'
import { checksumElement } from './list-parts.ts'
import type { Operation } from './operation.ts'
import { uploadAddressOf } from './upload-part.ts'

export const uploadPartCopy: Operation = async (call, objects) => {
  const partNumber = readPartNumber(findParameter(call.query, 'partNumber') ?? '')
  refuseEncryptionHeaders(call.headers)
  const source = readCopySource(call)
  const range = call.headers.get('x-amz-copy-source-range')
  const part = await objects.copyPart(
    {
      ...uploadAddressOf(call),
      partNumber,
      source,
      sourceCondition: readReadConditions(call.headers, 'x-amz-copy-source-'),
      ...(range === undefined ? {} : { sourceRange: parseCopyRange(range) }),
    },
    call.signal,
  )
  const headers = encryptionHeaders(part.encryption)
  if (source.versionId !== undefined) headers.push('x-amz-copy-source-version-id', source.versionId)
  const content = element('LastModified', formatXmlDate(part.modifiedMs)) + etagElement(part.etag) + checksumElement(part.checksum)
  return xmlReply(document('CopyPartResult', content), headers)
}
