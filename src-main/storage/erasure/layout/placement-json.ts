// PayloadPlacement as JSON in a record's metadata. What comes back was authenticated, yet it is checked whole: a reader trusts it with memory and drives.
import type { JsonObject, JsonValue } from '../../../base/json.ts'
import { inlineLimitBytes, type PayloadPlacement } from './payload-placement.ts'
import { maskShardsMax } from './shard-mask.ts'

const sizeMaxBytes = 5 * 2 ** 40

/** Short names, since every record carries it: i id, k, m, s slots, n size, e 1 when encrypted, f 1 when the shards are in files. */
export function placementToJson(placement: PayloadPlacement): JsonObject {
  const { payloadId, form, dataShards, parityShards, slots, size, encrypted } = placement
  return { i: payloadId, k: dataShards, m: parityShards, s: [...slots], n: size, e: encrypted ? 1 : 0, f: form === 'file' ? 1 : 0 }
}

/** Undefined for anything that `placementToJson` could not have made. */
export function parsePlacement(value: JsonValue | undefined): PayloadPlacement | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { i: payloadId, k: dataShards, m: parityShards, s: slots, n: size, e: encrypted, f: file } = value as JsonObject
  if (typeof payloadId !== 'string' || !/^[0-9a-f]{32}$/.test(payloadId)) return undefined
  if (!isCount(dataShards, 1, maskShardsMax) || !isCount(parityShards, 0, dataShards) || !isCount(size, 1, sizeMaxBytes)) return undefined
  if ((encrypted !== 0 && encrypted !== 1) || (file !== 0 && file !== 1)) return undefined
  if (file === 0 && size > inlineLimitBytes) return undefined
  if (!Array.isArray(slots) || slots.length !== dataShards + parityShards || slots.length > maskShardsMax) return undefined
  const numbers = (slots as readonly JsonValue[]).filter((slot): slot is number => isCount(slot, 0, 255))
  if (numbers.length !== slots.length || new Set(numbers).size !== slots.length) return undefined
  return { payloadId, form: file === 1 ? 'file' : 'inline', dataShards, parityShards, slots: numbers, size, encrypted: encrypted === 1 }
}

function isCount(value: JsonValue | undefined, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}
