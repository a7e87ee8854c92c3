// CopyObject: PUT /bucket/name with x-amz-copy-source
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { parseChecksumAlgorithm } from '../wire/checksums.ts'
import { readReadConditions, readWriteConditions } from '../wire/conditions.ts'
import { parseCopySource } from '../wire/copy-source.ts'
import { formatXmlDate } from '../wire/dates.ts'
import { encryptionHeaders, readDescribingHeaders } from '../wire/object-headers.ts'
import { checksumElement } from './list-parts.ts'
import { document, element, etagElement } from '../wire/xml-writer.ts'
import type { ObjectAddress } from '../../objects/index.ts'
import type { Operation, S3Call } from './operation.ts'

export const copyObject: Operation = async (call, objects) => {
  const source = readCopySource(call)
  const described = readDescribingHeaders(call.headers)
  readDirective(call, 'x-amz-tagging-directive')
  const algorithm = call.headers.get('x-amz-checksum-algorithm')
  const written = await objects.copyObject(
    {
      bucket: call.bucket,
      name: call.name,
      source,
      sourceCondition: readReadConditions(call.headers, 'x-amz-copy-source-'),
      metadataDirective: readDirective(call, 'x-amz-metadata-directive'),
      ...described,
      ...(algorithm === undefined ? {} : { checksumAlgorithm: parseChecksumAlgorithm(algorithm) }),
      condition: readWriteConditions(call.headers),
    },
    call.signal,
  )
  const headers = encryptionHeaders(written.encryption)
  if (source.versionId !== undefined) headers.push('x-amz-copy-source-version-id', source.versionId)
  if (written.versionId !== undefined) headers.push('x-amz-version-id', written.versionId)
  const content = element('LastModified', formatXmlDate(written.modifiedMs)) + etagElement(written.etag) + checksumElement(written.checksum)
  return xmlReply(document('CopyObjectResult', content), headers)
}

/** Where to copy from, when the caller may read it. Faults: invalid-argument, access-denied. */
export function readCopySource(call: S3Call): ObjectAddress {
  const source = parseCopySource(call.headers.get('x-amz-copy-source') ?? '')
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  if (!call.mayDo(action, source.bucket, source.name)) throw refusal('access-denied')
  return source
}

function readDirective(call: S3Call, header: string): 'COPY' | 'REPLACE' {
  const value = call.headers.get(header) ?? 'COPY'
  if (value === 'COPY' || value === 'REPLACE') return value
  throw refusal('invalid-argument', 'Unknown directive.', { argumentName: header, argumentValue: value })
}
