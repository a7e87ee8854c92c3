// CompleteMultipartUpload: POST /bucket/name?uploadId=
import type { CompleteUploadRequest } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { checksumAlgorithms, checksumElements } from '../wire/checksums.ts'
import { bareEtag, readWriteConditions } from '../wire/conditions.ts'
import { parseCount } from '../wire/headers.ts'
import { encryptionHeaders } from '../wire/object-headers.ts'
import { encodePercent } from '../wire/percent.ts'
import { document, element, etagElement } from '../wire/xml-writer.ts'
import { childText, parseXml, type XmlElement } from '../wire/xml-reader.ts'
import { checksumElement } from './list-parts.ts'
import type { Operation, S3Call } from './operation.ts'
import { uploadAddressOf } from './upload-part.ts'

type Part = CompleteUploadRequest['parts'][number]

export const completeMultipartUpload: Operation = async (call, objects) => {
  const address = uploadAddressOf(call)
  const condition = readWriteConditions(call.headers)
  const bytes = await call.readDocument()
  if (bytes === undefined) throw refusal('malformed-xml')
  const parts = parseXml(bytes, 'CompleteMultipartUpload')
    .children.filter(({ name }) => name === 'Part')
    .map(readPart)
  if (parts.length === 0 || parts.length > 10_000) throw refusal('malformed-xml')
  const written = await objects.completeUpload({ ...address, parts, condition, ...readWholeObject(call) }, call.signal)
  const headers = encryptionHeaders(written.encryption)
  if (written.versionId !== undefined) headers.push('x-amz-version-id', written.versionId)
  const location = `${call.origin}/${call.bucket}/${encodePercent(call.name, true)}`
  const content = element('Location', location) + element('Bucket', call.bucket) + element('Key', call.name) + etagElement(written.etag)
  return xmlReply(document('CompleteMultipartUploadResult', content + checksumElement(written.checksum)), headers)
}

function readPart(entry: XmlElement): Part {
  const partNumber = parseCount(childText(entry, 'PartNumber')?.trim() ?? '')
  const etag = childText(entry, 'ETag')
  if (partNumber === undefined || partNumber < 1 || etag === undefined) throw refusal('malformed-xml')
  for (const algorithm of checksumAlgorithms) {
    const value = childText(entry, checksumElements[algorithm])
    if (value !== undefined) return { partNumber, etag: bareEtag(etag), checksum: { algorithm, value: value.trim() } }
  }
  return { partNumber, etag: bareEtag(etag) }
}

/** What the client says of the object as a whole; here x-amz-checksum-* does not speak of the document. */
function readWholeObject(call: S3Call): Pick<CompleteUploadRequest, 'checksum' | 'objectSize'> {
  const sizeText = call.headers.get('x-amz-mp-object-size')
  const objectSize = sizeText === undefined ? undefined : parseCount(sizeText)
  if (sizeText !== undefined && objectSize === undefined) throw refusal('invalid-request', 'Value for x-amz-mp-object-size header is invalid.')
  const sent = checksumAlgorithms.filter((algorithm) => call.headers.has(`x-amz-checksum-${algorithm}`))
  const [algorithm] = sent
  if (sent.length > 1) throw refusal('checksum-request-invalid', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
  const value = algorithm === undefined ? undefined : call.headers.get(`x-amz-checksum-${algorithm}`)
  return {
    ...(objectSize === undefined ? {} : { objectSize }),
    ...(algorithm === undefined || value === undefined ? {} : { checksum: { algorithm, value } }),
  }
}
