// What the metadata of each kind of record says, as JSON with short names (FORMAT.md, "Metadata"). What comes back was
// authenticated by our own key, yet its shape is checked: the catalogue is built from it.
import type { JsonObject, JsonValue } from '../../../base/json.ts'
import type { StorageClass } from '../../../seams/storage-backend.ts'
import type { RecordKind } from '../drives/drive-protocol.ts'

/** A version of an object in one piece. p: placement, absent when it has no bytes. q: attributes of its only part. */
export interface ObjectBody {
  readonly b: number
  readonly n: string
  readonly e: string
  readonly c: ClassCode
  readonly t: number
  readonly z: number
  readonly a: JsonObject
  readonly p?: JsonObject
  readonly q?: JsonObject
}
export interface DeleteBody {
  readonly b: number
  readonly n: string
}
export interface UploadBody {
  readonly b: number
  readonly n: string
  readonly u: string
  readonly c: ClassCode
  readonly t: number
  readonly a: JsonObject
}
/** r: part number. */
export interface PartBody {
  readonly b: number
  readonly u: string
  readonly r: number
  readonly e: string
  readonly t: number
  readonly z: number
  readonly a: JsonObject
  readonly p?: JsonObject
}
/** l: its parts as [part number, sequence of the part's record, size]. z: their sum. */
export interface CompleteBody {
  readonly b: number
  readonly n: string
  readonly u: string
  readonly e: string
  readonly c: ClassCode
  readonly t: number
  readonly z: number
  readonly a: JsonObject
  readonly l: readonly (readonly [partNumber: number, sequence: number, size: number])[]
}
export interface AbortBody {
  readonly b: number
  readonly n: string
  readonly u: string
}
/** i: the bucket's id, the sequence of the record that created it; absent in that record itself. d: documents. */
export interface BucketBody {
  readonly i?: number
  readonly n: string
  readonly t: number
  readonly d: Readonly<Record<string, string>>
}
export interface BucketDeleteBody {
  readonly i: number
  readonly n: string
}
/** v: base64. */
export interface SecretBody {
  readonly p: string
  readonly v: string
}
export interface SecretDeleteBody {
  readonly p: string
}
/** o: sequence of the version whose attributes these are from now on. */
export interface AttributesBody {
  readonly b: number
  readonly n: string
  readonly o: number
  readonly a: JsonObject
}

export interface RecordBodies {
  readonly object: ObjectBody
  readonly delete: DeleteBody
  readonly upload: UploadBody
  readonly part: PartBody
  readonly complete: CompleteBody
  readonly abort: AbortBody
  readonly bucket: BucketBody
  readonly 'bucket-delete': BucketDeleteBody
  readonly secret: SecretBody
  readonly 'secret-delete': SecretDeleteBody
  readonly attributes: AttributesBody
  /** See log-state.ts. */
  readonly roster: JsonObject
  /** Claims an epoch; says nothing else. */
  readonly epoch: JsonObject
}

/** A record as the catalogue takes it. `text` is the JSON of `body`. */
export type LogRecord = {
  readonly [Kind in RecordKind]: { readonly kind: Kind; readonly sequence: number; readonly body: RecordBodies[Kind]; readonly text: string }
}[RecordKind]

export type ClassCode = 0 | 1
export const toClassCode = (storageClass: StorageClass): ClassCode => (storageClass === 'STANDARD' ? 0 : 1)
export const toStorageClass = (code: ClassCode): StorageClass => (code === 0 ? 'STANDARD' : 'REDUCED_REDUNDANCY')

type Shape = 'count' | 'text' | 'class' | 'object' | 'texts' | 'parts' | 'count?' | 'object?'

const shapes: { readonly [Kind in RecordKind]: Readonly<Record<string, Shape>> } = {
  object: { b: 'count', n: 'text', e: 'text', c: 'class', t: 'count', z: 'count', a: 'object', p: 'object?', q: 'object?' },
  delete: { b: 'count', n: 'text' },
  upload: { b: 'count', n: 'text', u: 'text', c: 'class', t: 'count', a: 'object' },
  part: { b: 'count', u: 'text', r: 'count', e: 'text', t: 'count', z: 'count', a: 'object', p: 'object?' },
  complete: { b: 'count', n: 'text', u: 'text', e: 'text', c: 'class', t: 'count', z: 'count', a: 'object', l: 'parts' },
  abort: { b: 'count', n: 'text', u: 'text' },
  bucket: { i: 'count?', n: 'text', t: 'count', d: 'texts' },
  'bucket-delete': { i: 'count', n: 'text' },
  secret: { p: 'text', v: 'text' },
  'secret-delete': { p: 'text' },
  attributes: { b: 'count', n: 'text', o: 'count', a: 'object' },
  roster: {},
  epoch: {},
}

/** Undefined when the text is not what that kind of record says. */
export function parseLogRecord(kind: RecordKind, sequence: number, text: string): LogRecord | undefined {
  let body: JsonValue
  try {
    body = JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
  if (!isObject(body)) return undefined
  for (const [name, shape] of Object.entries(shapes[kind])) if (!fits(body[name], shape)) return undefined
  // Every member was checked against the shape of its kind just now.
  return { kind, sequence, body, text } as unknown as LogRecord
}

function fits(value: JsonValue | undefined, shape: Shape): boolean {
  switch (shape) {
    case 'count': return isCount(value)
    case 'count?': return value === undefined || isCount(value)
    case 'text': return typeof value === 'string'
    case 'class': return value === 0 || value === 1
    case 'object': return isObject(value)
    case 'object?': return value === undefined || isObject(value)
    case 'texts': return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
    case 'parts': return Array.isArray(value) && value.every((part: JsonValue) => Array.isArray(part) && part.length === 3 && part.every((entry: JsonValue) => isCount(entry)))
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
