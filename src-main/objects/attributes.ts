// What the object layer keeps with a version, an upload and a part, as the JSON that storage holds for it (docs: "Attributes of an
// object"). Storage authenticates it, so another shape than ours is a bug or a newer program, never an attack.
import { assert } from '../base/assert.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import { decodeEnvelope, encodeEnvelope, type EncryptionEnvelope } from './encryption/envelope.ts'
import type { Checksum, ChecksumAlgorithm, ChecksumType, ContentHeaders, UserMetadata } from './object-types.ts'

const attributesVersion = 1

export interface ObjectAttributes {
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly checksum?: Checksum
  /** Absent: stored in the clear. */
  readonly envelope?: EncryptionEnvelope
}

/** Of an upload: its checksum has no value yet. */
export interface UploadAttributes extends Omit<ObjectAttributes, 'checksum'> {
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

export interface PartAttributes {
  /** Base64 of the 12 bytes; absent when the part has no bytes or is stored in the clear. */
  readonly streamNonce?: string
  /** Of the part's own bytes, base64. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

const none: Readonly<Record<string, never>> = {}

export function encodeAttributes(attributes: ObjectAttributes | UploadAttributes): JsonObject {
  const { headers, userMetadata, checksum, envelope } = attributes
  const json: { [name: string]: JsonValue } = { v: attributesVersion }
  if (hasEntries(headers)) json['headers'] = headers as JsonObject
  if (hasEntries(userMetadata)) json['metadata'] = userMetadata
  if (checksum !== undefined) json['checksum'] = { ...checksum }
  if (envelope !== undefined) json['encryption'] = encodeEnvelope(envelope)
  return json
}

export function decodeObjectAttributes(json: JsonObject): ObjectAttributes {
  const checksum = decodeChecksum(json['checksum'])
  return { ...decodeShared(json), ...(checksum?.value === undefined ? none : { checksum: { ...checksum, value: checksum.value } }) }
}

export function decodeUploadAttributes(json: JsonObject): UploadAttributes {
  const checksum = decodeChecksum(json['checksum'])
  return { ...decodeShared(json), ...(checksum === undefined ? none : { checksum: { algorithm: checksum.algorithm, type: checksum.type } }) }
}

/** Only the checksum: all that a listing shows. */
export function decodeListedChecksum(json: JsonObject): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined {
  const checksum = decodeChecksum(json['checksum'])
  return checksum === undefined ? undefined : { algorithm: checksum.algorithm, type: checksum.type }
}

function decodeShared(json: JsonObject): Pick<ObjectAttributes, 'headers' | 'userMetadata' | 'envelope'> {
  assert(json['v'] === attributesVersion, 'attributes of a version this program does not know')
  const { headers, metadata, encryption } = json
  return {
    headers: headers === undefined ? none : decodeTexts(headers),
    userMetadata: metadata === undefined ? none : decodeTexts(metadata),
    ...(encryption === undefined ? none : { envelope: decodeEnvelope(toObject(encryption)) }),
  }
}

export function encodePartAttributes({ streamNonce, checksum }: PartAttributes): JsonObject {
  return { ...(streamNonce === undefined ? none : { nonce: streamNonce }), ...(checksum === undefined ? none : { checksum: { ...checksum } }) }
}

export function decodePartAttributes(json: JsonObject): PartAttributes {
  const { nonce, checksum } = json
  assert(nonce === undefined || typeof nonce === 'string', 'a stream nonce is a text')
  return { ...(nonce === undefined ? none : { streamNonce: nonce }), ...(checksum === undefined ? none : { checksum: decodePartChecksum(toObject(checksum)) }) }
}

function decodePartChecksum(json: JsonObject): { readonly algorithm: ChecksumAlgorithm; readonly value: string } {
  const { algorithm, value } = json
  assert(isAlgorithm(algorithm) && typeof value === 'string', 'a checksum has an algorithm and a value')
  return { algorithm, value }
}

function decodeChecksum(json: JsonValue | undefined): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType; readonly value: string | undefined } | undefined {
  if (json === undefined) return undefined
  const { algorithm, type, value } = toObject(json)
  assert(isAlgorithm(algorithm) && (type === 'FULL_OBJECT' || type === 'COMPOSITE'), 'a checksum has an algorithm and a type')
  assert(value === undefined || typeof value === 'string', 'the value of a checksum is a text')
  return { algorithm, type, value }
}

function decodeTexts(json: JsonValue): Readonly<Record<string, string>> {
  const texts = toObject(json)
  for (const name in texts) assert(typeof texts[name] === 'string', 'headers and metadata are texts')
  return texts as Readonly<Record<string, string>>
}

export function toObject(json: JsonValue): JsonObject {
  assert(typeof json === 'object' && json !== null && !Array.isArray(json), 'attributes are objects')
  return json as JsonObject
}

function isAlgorithm(value: JsonValue | undefined): value is ChecksumAlgorithm {
  return value === 'crc32' || value === 'crc32c' || value === 'crc64nvme' || value === 'sha1' || value === 'sha256'
}

function hasEntries(record: object): boolean {
  for (const _name in record) return true
  return false
}
