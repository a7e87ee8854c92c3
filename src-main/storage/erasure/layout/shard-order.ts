// Which drive holds which shard: the set turned by the payload id, so that parity, which is written but seldom read, is spread evenly.
import { assert } from '../../../base/assert.ts'

const ordersBySlotCount = new Map<number, readonly (readonly number[])[]>()

/**
 * `slots[shardIndex]`: slot 0…n−1 counted on from the first four bytes of the payload id, modulo n. The result is shared: never changed.
 * Only the writer asks; readers take the order from the record, so that it may change one day.
 */
export function chooseShardSlots(payloadId: string, slotCount: number): readonly number[] {
  let orders = ordersBySlotCount.get(slotCount)
  if (orders === undefined) {
    orders = Array.from({ length: slotCount }, (_, turn) => Object.freeze(Array.from({ length: slotCount }, (__, index) => (turn + index) % slotCount)))
    ordersBySlotCount.set(slotCount, orders)
  }
  const order = orders[Number.parseInt(payloadId.slice(0, 8), 16) % slotCount]
  assert(order !== undefined, 'a payload id is 32 hex digits')
  return order
}
