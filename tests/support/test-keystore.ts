// A keystore over memory, and its cards as bytes: what most tests of the keystore start from.
import { systemRandom, type RandomSource } from '../../src-main/base/random.ts'
import { formatShareCard, openKeystore, type Keystore, type ShareCard } from '../../src-main/keystore/index.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { openMemoryRecordStore, type MemoryRecordStore } from './memory-record-store.ts'
import { openMemorySealStore, type MemorySealStore } from './memory-seal-store.ts'

export interface TestKeystore {
  readonly keystore: Keystore
  readonly cards: readonly ShareCard[]
  readonly clock: ManualClock
  readonly sealStore: MemorySealStore
  readonly records: MemoryRecordStore
  /** The same drives after the process was started again. */
  restart(): Promise<Keystore>
}

export interface TestKeystoreOptions {
  readonly shares?: number
  readonly threshold?: number
  readonly deploymentId?: string
  readonly random?: RandomSource
}

/** Initialised, not yet proven. */
export async function newTestKeystore(options: TestKeystoreOptions = {}): Promise<TestKeystore> {
  const { shares = 5, threshold = 3, deploymentId = 'deployment-one', random = systemRandom } = options
  const clock = manualClock()
  const sealStore = openMemorySealStore()
  const parts = { sealStore, clock, random }
  const keystore = await openKeystore(parts)
  const labels = Array.from({ length: shares }, (_, index) => `holder ${index + 1}`)
  const cards = await keystore.initialise({ shares, threshold, labels, deploymentId, storeName: 'studio' })
  return { keystore, cards, clock, sealStore, records: openMemoryRecordStore(), restart: () => openKeystore(parts) }
}

/** Opened by its first cards, records attached. */
export async function openTestKeystore(options: TestKeystoreOptions = {}): Promise<TestKeystore> {
  const test = await newTestKeystore(options)
  await openWith(test.keystore, test.cards)
  await test.keystore.attachRecords(test.records)
  return test
}

/** Submits as many cards as it takes. */
export async function openWith(keystore: Keystore, cards: readonly ShareCard[]): Promise<void> {
  for (const card of cards.slice(0, cards[0]?.threshold)) await keystore.submitShare(cardLine(card))
}

export function cardLine(card: ShareCard | undefined): string {
  return card === undefined ? '' : formatShareCard(card).card
}
