// Data key → wrapping key → content key → part key, for one object. The wrapping key is HMAC-SHA256 over the data key, a random IV, the
// kind of encryption, bucket and name; the content key is random; so an envelope opens nowhere but at its own object.
import type { MaybePromise } from '../../base/byte-stream.ts'
import { formatBase64 } from '../../base/bytes.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { RandomSource } from '../../base/random.ts'
import { GcmKey } from '../../crypto/gcm.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import { deriveKeyWithFields, keySizeBytes } from '../../crypto/key-derivation.ts'
import { unwrapKey, wrapKey } from '../../crypto/sealed-key.ts'
import { defaultKeyName, type KeyContext, type KeyStore } from '../../seams/key-store.ts'
import { ObjectError } from '../object-fault.ts'
import { ContentKeyCache } from './content-key-cache.ts'
import { ContentKey, type ObjectPlace } from './content-key.ts'
import type { EncryptionEnvelope } from './envelope.ts'

const domain = 'SSE-S3'
const ivBytes = 32

export interface NewContentKey {
  /** Part keys are made of it. The caller's to wipe. */
  readonly contentKey: ContentKey
  readonly envelope: EncryptionEnvelope
}

export class ContentKeys {
  readonly #keyStore: KeyStore
  readonly #random: RandomSource
  readonly #opened = new ContentKeyCache()

  constructor(keyStore: KeyStore, random: RandomSource) {
    this.#keyStore = keyStore
    this.#random = random
  }

  /** A fresh one, for a version or an upload that is about to be written. Faults: those of KeyStore.generateDataKey. */
  async create(place: ObjectPlace, signal: CancelSignal): Promise<NewContentKey> {
    const dataKey = await this.#keyStore.generateDataKey(defaultKeyName, toKeyContext(place), signal)
    const fields = toFields(place)
    const iv = this.#random.bytes(ivBytes)
    const wrapping = deriveWrappingKey(dataKey.plain, iv, fields)
    const plain = this.#random.bytes(keySizeBytes)
    const wrapped = wrapKey(wrapping, plain, 'contentKey', fields, this.#random)
    wrapping.wipe()
    return {
      contentKey: ContentKey.own(plain),
      envelope: {
        kind: 'SSE-S3', keyName: dataKey.keyName, keyVersion: dataKey.keyVersion, dataKey: formatBase64(dataKey.wrapped),
        iv: formatBase64(iv), contentKey: formatBase64(wrapped),
      },
    }
  }

  /** Out of an envelope, the caller's to wipe; asks the keystore only when the key was not opened lately. Faults: key-not-authentic and those of KeyStore.unwrapDataKey. */
  open(envelope: EncryptionEnvelope, place: ObjectPlace, signal: CancelSignal): MaybePromise<ContentKey> {
    return this.#opened.find(envelope.contentKey, place) ?? this.#unwrap(envelope, place, signal)
  }

  async #unwrap(envelope: EncryptionEnvelope, place: ObjectPlace, signal: CancelSignal): Promise<ContentKey> {
    const { generation } = this.#opened
    const wrappedDataKey = toBytes(envelope.dataKey)
    const plain = await this.#keyStore.unwrapDataKey(envelope.keyName, wrappedDataKey, toKeyContext(place), signal)
    const fields = toFields(place)
    const wrapping = deriveWrappingKey(plain, toBytes(envelope.iv), fields)
    const opened = unwrapKey(wrapping, toBytes(envelope.contentKey), 'contentKey', fields)
    wrapping.wipe()
    if (opened === undefined) throw new ObjectError('key-not-authentic', 'the content key does not open: moved from another object, or damaged')
    const contentKey = ContentKey.own(opened)
    this.#opened.remember(envelope.contentKey, place, contentKey, generation)
    return contentKey
  }

  /** Called when the keystore is sealed. */
  forget(): void {
    this.#opened.clear()
  }

  get cachedCount(): number {
    return this.#opened.size
  }
}

/** What the keystore binds into the data key. */
function toKeyContext({ bucket, name }: ObjectPlace): KeyContext {
  return { bucket, object: name }
}

function toFields({ bucket, name }: ObjectPlace): readonly [string, string, string] {
  return [domain, bucket, name]
}

/** Wipes `dataKey`; the result is the caller's to wipe. */
function deriveWrappingKey(dataKey: Uint8Array, iv: Uint8Array, fields: readonly string[]): GcmKey {
  const key = HmacKey.own(dataKey)
  const wrapping = deriveKeyWithFields(key, 'contentWrapping', [iv, ...fields])
  key.wipe()
  return GcmKey.own(wrapping)
}

/** Not checked to be canonical: what differs from what was written does not open. */
function toBytes(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}
