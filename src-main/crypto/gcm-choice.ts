// Which engine of AES-256-GCM this thread uses: the crypto library inside the process called directly (gcm-direct.ts), which writes where it is
// told to, when it gives the same as node:crypto (gcm-node.ts); that one otherwise.
import { equalBytes } from '../base/bytes.ts'
import { openDirectGcm } from './gcm-direct.ts'
import { gcmNonceBytes, gcmTagBytes, type GcmEngine } from './gcm-engine.ts'
import { nodeGcm } from './gcm-node.ts'
import { keySizeBytes } from './key-derivation.ts'

let chosen: GcmEngine | undefined

/** The one in use: the same for the life of a thread. */
export function gcmEngine(): GcmEngine {
  return (chosen ??= chooseEngine())
}

function chooseEngine(): GcmEngine {
  const direct = openDirectGcm()
  return direct !== undefined && agrees(direct, nodeGcm) ? direct : nodeGcm
}

/** Whether two engines give the same, at sizes that take the narrow and the wide loops of the library, apart and in place. */
export function agrees(engine: GcmEngine, reference: GcmEngine): boolean {
  const counting = (length: number, from: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + from) & 0xff)
  const [key, nonce, associatedData] = [counting(keySizeBytes, 1), counting(gcmNonceBytes, 2), counting(20, 3)]
  for (const length of [0, 1, 60, 4096, 20_001]) {
    const plain = counting(length, 4)
    const [ours, theirs, inPlace] = [0, 0, 0].map(() => new Uint8Array(length + gcmTagBytes)) as [Uint8Array, Uint8Array, Uint8Array]
    engine.seal(key, nonce, associatedData, plain, ours)
    reference.seal(key, nonce, associatedData, plain, theirs)
    if (!equalBytes(ours, theirs)) return false
    inPlace.set(plain)
    engine.seal(key, nonce, associatedData, inPlace.subarray(0, length), inPlace)
    if (!equalBytes(inPlace, theirs)) return false
    for (const shift of [0, 16, 496]) {
      const memory = new Uint8Array(shift + ours.byteLength)
      memory.set(ours, shift)
      const into = memory.subarray(0, length)
      if (!engine.open(key, nonce, associatedData, memory.subarray(shift), into) || !equalBytes(into, plain)) return false
    }
    ours[length] = (ours[length] as number) ^ 1
    if (engine.open(key, nonce, associatedData, ours, new Uint8Array(length))) return false
  }
  return true
}
