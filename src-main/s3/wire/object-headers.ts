// The headers that describe an object: read from a request that writes one, and written into a reply about one.
import type { ContentHeaders, EncryptionInfo, EncryptionRequest, ObjectInfo, PutObjectRequest, UserMetadata } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { formatHttpDate } from './dates.ts'
import { toHeaderValue, toText, type RequestHeaders } from './headers.ts'

type StorageClass = NonNullable<PutObjectRequest['storageClass']>

export interface DescribingHeaders {
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass?: StorageClass
  readonly encryption?: EncryptionRequest
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] }

export const metadataPrefix = 'x-amz-meta-'
const metadataSizeMax = 2048
const noMetadata: UserMetadata = {}

/** Everything about the object to be written, in one pass. Faults: metadata-too-large, invalid-storage-class, invalid-argument, not-implemented, invalid-request. */
export function readDescribingHeaders(headers: RequestHeaders): DescribingHeaders {
  const content: Growing<ContentHeaders> = {}
  const found: { storageClass?: StorageClass; encryption?: EncryptionRequest } = {}
  let metadata: [string, string][] | undefined
  let metadataSize = 0
  for (const [name, value] of headers) {
    if (name.startsWith(metadataPrefix)) {
      metadata ??= []
      metadata.push([name.slice(metadataPrefix.length), toText(value)])
      metadataSize += name.length - metadataPrefix.length + value.length
    } else if (name.startsWith('x-amz-')) readAmazonHeader(name, value, found, content)
    else readContentHeader(name, value, content)
  }
  if (metadataSize > metadataSizeMax) throw refusal('metadata-too-large')
  return { headers: content, userMetadata: metadata === undefined ? noMetadata : Object.fromEntries(metadata), ...found }
}

function readContentHeader(name: string, value: string, content: Growing<ContentHeaders>): void {
  switch (name) {
    case 'content-type':
      if (value !== '') content.contentType = toText(value)
      break
    case 'content-encoding': {
      const rest = withoutChunkedToken(value)
      if (rest !== '') content.contentEncoding = toText(rest)
      break
    }
    case 'content-disposition':
      content.contentDisposition = toText(value)
      break
    case 'content-language':
      content.contentLanguage = toText(value)
      break
    case 'cache-control':
      content.cacheControl = toText(value)
      break
    case 'expires':
      content.expires = toText(value)
  }
}

/** `aws-chunked` is framing, not an encoding of the object. */
function withoutChunkedToken(value: string): string {
  if (!value.includes('aws-chunked')) return value
  return value
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && token !== 'aws-chunked')
    .join(',')
}

const acceptedAcls = new Set(['', 'private', 'bucket-owner-full-control'])

function readAmazonHeader(
  name: string,
  value: string,
  found: { storageClass?: StorageClass; encryption?: EncryptionRequest },
  content: Growing<ContentHeaders>,
): void {
  switch (name) {
    case 'x-amz-storage-class':
      found.storageClass = parseStorageClass(value)
      break
    case 'x-amz-website-redirect-location':
      content.websiteRedirectLocation = toText(value)
      break
    case 'x-amz-server-side-encryption':
      found.encryption = parseEncryption(value)
      break
    case 'x-amz-acl':
      if (!acceptedAcls.has(value)) throw refusal('not-implemented', 'Access control lists other than private are not implemented.')
      break
    case 'x-amz-tagging':
      if (value !== '') throw refusal('not-implemented', 'Object tags are not implemented.')
      break
    default:
      refuseUnsupported(name)
  }
}

function parseStorageClass(value: string): StorageClass {
  if (value === 'STANDARD' || value === 'REDUCED_REDUNDANCY') return value
  throw refusal('invalid-storage-class')
}

/** AES256 is what is done in any case; keys of the client or of a KMS are refused rather than ignored. */
function parseEncryption(value: string): EncryptionRequest {
  if (value === 'AES256') return { kind: 'SSE-S3' }
  if (value === 'aws:kms' || value === 'aws:kms:dsse') throw refusal('not-implemented', 'Server side encryption with aws:kms is not implemented.')
  throw refusal('invalid-argument', 'The encryption method specified is not supported', { argumentName: 'x-amz-server-side-encryption', argumentValue: value })
}

function refuseUnsupported(name: string): void {
  if (name.startsWith('x-amz-grant-')) throw refusal('not-implemented', 'Access control lists other than private are not implemented.')
  if (name.startsWith('x-amz-object-lock-')) throw refusal('invalid-request', 'Bucket is missing ObjectLockConfiguration')
  if (name === 'x-amz-write-offset-bytes') throw refusal('not-implemented', 'Appending to objects is not implemented.')
  if (name.startsWith('x-amz-server-side-encryption-aws-kms-key-id')) {
    throw refusal('invalid-argument', 'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms', {
      argumentName: name,
    })
  }
  refuseCustomerKey(name)
}

function refuseCustomerKey(name: string): void {
  if (name.startsWith('x-amz-server-side-encryption-customer-') || name.startsWith('x-amz-copy-source-server-side-encryption-customer-')) {
    throw refusal('not-implemented', 'Server side encryption with customer provided keys is not implemented.')
  }
}

/** For reads and parts, which take no choice of encryption. Faults: bad-request, not-implemented. */
export function refuseEncryptionHeaders(headers: RequestHeaders): void {
  for (const name of headers.keys()) {
    if (!name.startsWith('x-amz-') || !name.includes('server-side-encryption')) continue
    refuseCustomerKey(name)
    throw refusal('bad-request', 'Encryption headers are not applicable to this request.')
  }
}

/** Flat pairs: what is in force. */
export function encryptionHeaders(encryption: EncryptionInfo): string[] {
  return encryption.kind === 'SSE-S3' ? ['x-amz-server-side-encryption', 'AES256'] : []
}

/** Flat pairs for GET and HEAD; `overrides` are the response-* parameters. */
export function describeObject(info: ObjectInfo, overrides: Partial<ContentHeaders>): string[] {
  const pairs = ['ETag', `"${info.etag}"`, 'Last-Modified', formatHttpDate(info.modifiedMs), 'Accept-Ranges', 'bytes']
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) pairs.push(name, toHeaderValue(value))
  }
  const { headers } = info
  add('Content-Type', overrides.contentType ?? headers.contentType ?? 'binary/octet-stream')
  add('Content-Encoding', overrides.contentEncoding ?? headers.contentEncoding)
  add('Content-Disposition', overrides.contentDisposition ?? headers.contentDisposition)
  add('Content-Language', overrides.contentLanguage ?? headers.contentLanguage)
  add('Cache-Control', overrides.cacheControl ?? headers.cacheControl)
  add('Expires', overrides.expires ?? headers.expires)
  add('x-amz-website-redirect-location', headers.websiteRedirectLocation)
  if (info.storageClass !== 'STANDARD') add('x-amz-storage-class', info.storageClass)
  add('x-amz-version-id', info.versionId)
  if (info.encryption.kind === 'SSE-S3') pairs.push('x-amz-server-side-encryption', 'AES256')
  for (const name in info.userMetadata) add(metadataPrefix + name, info.userMetadata[name])
  return pairs
}
