// DeleteObjects: POST /bucket?delete, up to 1000 names in one batch. Refused ones become entries; the request itself is still a success.
import type { DeleteRequest, DeleteResult } from '../../objects/index.ts'
import { refusal, toErrorReply } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { bareEtag } from '../wire/conditions.ts'
import { document, element, optionalElement, wrap } from '../wire/xml-writer.ts'
import { childText, parseXml, type XmlElement } from '../wire/xml-reader.ts'
import { ObjectError } from '../../objects/index.ts'
import { requireBucket } from './head-bucket.ts'
import type { Operation } from './operation.ts'

type Deletion = Omit<DeleteRequest, 'bucket'>

const deletionsMax = 1000

export const deleteObjects: Operation = async (call, objects) => {
  const bytes = await call.readDocument()
  if (bytes === undefined) throw refusal('missing-document')
  const request = parseXml(bytes, 'Delete')
  const quiet = childText(request, 'Quiet')?.trim().toLowerCase() === 'true'
  const deletions = request.children.filter(({ name }) => name === 'Object').map(readDeletion)
  if (deletions.length === 0 || deletions.length > deletionsMax) throw refusal('malformed-xml')
  const allowed = deletions.filter(({ name }) => call.mayDo('s3:DeleteObject', call.bucket, name))
  if (allowed.length > 0) await requireBucket(call, objects)
  const results = allowed.length === 0 ? [] : await objects.deleteObjects(call.bucket, allowed)
  let xml = ''
  for (const result of results) xml += resultElement(result, quiet)
  for (const deletion of deletions) if (!allowed.includes(deletion)) xml += errorElement(deletion, refusal('access-denied'))
  return xmlReply(document('DeleteResult', xml))
}

function readDeletion(entry: XmlElement): Deletion {
  const name = childText(entry, 'Key')
  const versionId = childText(entry, 'VersionId')
  const etag = childText(entry, 'ETag')
  if (name === undefined || name === '') throw refusal('malformed-xml')
  return { name, ...(versionId === undefined || versionId === '' ? {} : { versionId }), ...(etag === undefined ? {} : { ifMatch: bareEtag(etag) }) }
}

function resultElement(result: DeleteResult, quiet: boolean): string {
  if ('fault' in result) return errorElement(result, new ObjectError(result.fault, 'refused'))
  if (quiet) return ''
  const marker = result.deleteMarkerVersionId
  const markerElements = marker === undefined ? '' : element('DeleteMarker', true) + element('DeleteMarkerVersionId', marker)
  return wrap('Deleted', element('Key', result.name) + optionalElement('VersionId', result.versionId) + markerElements)
}

function errorElement(of: { readonly name: string; readonly versionId?: string }, error: Error): string {
  const { code, message } = toErrorReply(error)
  return wrap('Error', element('Key', of.name) + optionalElement('VersionId', of.versionId) + element('Code', code) + element('Message', message))
}
