// The simulation must be able to fail: each of these faults, planted through a seam, is found within a bounded number of seeds.
import { describe, expect, it } from 'vitest'
import type { DriveConnection } from '../../src-main/storage/erasure/drives/drive-connection.ts'
import { recordKindCode, type RecordKind } from '../../src-main/storage/erasure/format/record.ts'
import { simulate, SimulationFailure, type SimulationOptions } from '../support/simulated-store.ts'

const seedsMax = 1000

/** Something that was promised to a client is broken; a leak or an unfinished repair does not count here. */
const brokenPromise = /not one of|is gone|is back|cannot be read|wrong bytes|nobody can tell|out of nowhere/

/** What the simulation says at the first seed at which it notices. */
async function findFault(options: SimulationOptions): Promise<string | undefined> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    try {
      await simulate(seed, { ...options, beyondParity: 0.5 })
    } catch (error) {
      const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
      if (brokenPromise.test(said)) return said
    }
  }
  return undefined
}

function withoutKind(kind: RecordKind): (connection: DriveConnection) => DriveConnection {
  const code = recordKindCode(kind)
  return (connection) => ({
    ...connection,
    async startLog(input) {
      const summary = await connection.startLog(input)
      const kept = [...summary.kinds.keys()].filter((row) => summary.kinds[row] !== code)
      const pick = <Column extends Float64Array | Uint32Array | Uint8Array>(column: Column): Column => column.filter((_, row) => kept.includes(row)) as Column
      return {
        sequences: pick(summary.sequences), epochs: pick(summary.epochs), kinds: pick(summary.kinds), batchFirsts: pick(summary.batchFirsts),
        batchLengths: pick(summary.batchLengths), headHashes: summary.headHashes.filter((_, row) => kept.includes(row)), damagedRecords: 0,
      }
    },
  })
}

/** A failing drive is taken for one that answered. */
const acknowledgesTooEarly = (connection: DriveConnection): DriveConnection => ({ ...connection, append: (input) => connection.append(input).catch(() => undefined) })

/** After the first one of a life, rosters are said to be written and are not. */
function withoutRosters(connection: DriveConnection): DriveConnection {
  let rosters = 0
  return {
    ...connection,
    append: (input) => (input.records[0]?.head.kind === 'roster' && rosters++ > 0 ? Promise.resolve() : connection.append(input)),
  }
}

describe('the simulation', () => {
  const faults: readonly (readonly [string, SimulationOptions])[] = [
    ['a sync that does nothing', { lies: { syncDoesNothing: true } }],
    ['an acknowledgement before the quorum has it', { wrap: acknowledgesTooEarly }],
    ['a replay that does not know tombstones', { wrap: withoutKind('delete') }],
    ['a torn record taken for a whole one', { lies: { acceptsTorn: true } }],
    ['a roster record that is not written before the acknowledgement', { wrap: withoutRosters }],
  ]
  for (const [fault, options] of faults) {
    it(`finds ${fault}`, async () => {
      const found = await findFault(options)
      expect(found, `not found in ${seedsMax} seeds`).toBeDefined()
    })
  }

  it('finds nothing where nothing was planted', async () => {
    for (let seed = 1; seed <= 20; seed++) await simulate(seed, { wrap: (connection) => connection })
    expect(SimulationFailure.name).toBe('SimulationFailure')
  })
})
