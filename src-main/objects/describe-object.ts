// From what storage keeps to what callers are shown.
import type { ObjectVersion, UploadedPart, UploadInfo } from '../seams/storage-backend.ts'
import { decodeListedChecksum, decodeObjectAttributes, decodePartAttributes, type ObjectAttributes } from './attributes.ts'
import type { EncryptionEnvelope } from './encryption/envelope.ts'
import type { Checksum, EncryptionInfo, ListedObject, ListedUpload, ObjectInfo, PartInfo, WrittenObject } from './object-types.ts'
import { partCountOf } from './rules/multipart-etag.ts'

const encrypted: EncryptionInfo = { kind: 'SSE-S3' }
const inTheClear: EncryptionInfo = { kind: 'none' }

export function describeEncryption(envelope: EncryptionEnvelope | undefined): EncryptionInfo {
  return envelope === undefined ? inTheClear : encrypted
}

export function describeObject(version: ObjectVersion, attributes: ObjectAttributes = decodeObjectAttributes(version.attributes)): ObjectInfo {
  const { name, etag, size, modifiedMs, storageClass } = version
  const { headers, userMetadata, checksum, envelope } = attributes
  const partCount = partCountOf(etag)
  return {
    name, etag, size, modifiedMs, storageClass, headers, userMetadata, encryption: describeEncryption(envelope),
    ...(checksum === undefined ? {} : { checksum }), ...(partCount === undefined ? {} : { partCount }),
  }
}

export function describeWritten(version: ObjectVersion, envelope: EncryptionEnvelope | undefined, checksum: Checksum | undefined): WrittenObject {
  const { etag, size, modifiedMs } = version
  return { etag, size, modifiedMs, encryption: describeEncryption(envelope), ...(checksum === undefined ? {} : { checksum }) }
}

export function listedObject(version: ObjectVersion): ListedObject {
  const { name, etag, size, modifiedMs, storageClass } = version
  const checksum = decodeListedChecksum(version.attributes)
  return checksum === undefined ? { name, etag, size, modifiedMs, storageClass } : { name, etag, size, modifiedMs, storageClass, checksum }
}

export function listedUpload(upload: UploadInfo): ListedUpload {
  const { uploadId, name, startedMs, storageClass } = upload
  const checksum = decodeListedChecksum(upload.attributes)
  return checksum === undefined ? { uploadId, name, startedMs, storageClass } : { uploadId, name, startedMs, storageClass, checksum }
}

export function describePart(part: UploadedPart, encryption: EncryptionInfo): PartInfo {
  const { checksum } = decodePartAttributes(part.attributes)
  return {
    partNumber: part.partNumber, etag: part.etag, size: part.body.size, modifiedMs: part.modifiedMs, encryption,
    ...(checksum === undefined ? {} : { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
  }
}
