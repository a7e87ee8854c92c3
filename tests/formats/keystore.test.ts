// Golden bytes of the keystore's formats, and a reader that was written from docs FORMAT alone: it shares no code with the product.
import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatShareCard } from '../../src-main/keystore/index.ts'
import { sealBarrierRecord } from '../../src-main/keystore/format/barrier-record.ts'
import { FieldReader, FieldWriter } from '../../src-main/keystore/format/byte-fields.ts'
import { formatGroups, parseGroups } from '../../src-main/keystore/format/card-groups.ts'
import { encodeKeyring } from '../../src-main/keystore/format/keyring-record.ts'
import { encodeNamedKey } from '../../src-main/keystore/format/named-key-record.ts'
import { decodeSealRecord } from '../../src-main/keystore/format/seal-record.ts'
import { parseCardGroups, toDeploymentShortId } from '../../src-main/keystore/format/share-card.ts'
import { computeShareCheck } from '../../src-main/keystore/format/share-check.ts'
import { encodeKeyContext } from '../../src-main/keystore/format/wrapped-data-key.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { newTestKeystore, openWith } from '../support/test-keystore.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')
const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const sha256 = (...parts: (Uint8Array | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const u32 = (value: number): Buffer => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])
const fields = (...parts: (Uint8Array | string)[]): Buffer => Buffer.concat(parts.flatMap((part) => [u32(Buffer.byteLength(part)), Buffer.from(part)]))
const zeroRandom = { bytes: (length: number): Uint8Array => bytes(length, 0) }

/** nonce ‖ ciphertext ‖ tag */
function openSealed(key: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(associatedData).setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()])
}

function fieldProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit
  for (let bit = 15; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  return product
}
const inverse = (a: number): number => Array.from({ length: 256 }, (_, b) => b).find((b) => fieldProduct(a, b) === 1) ?? 0

function combine(shares: readonly Uint8Array[]): Buffer {
  const secret = Buffer.alloc(32)
  for (const share of shares) {
    const x = share[32] ?? 0
    const others = shares.map((other) => other[32] ?? 0).filter((other) => other !== x)
    const weight = others.reduce((product, other) => fieldProduct(product, fieldProduct(other, inverse(other ^ x))), 1)
    for (let at = 0; at < 32; at++) secret[at] = (secret[at] ?? 0) ^ fieldProduct(share[at] ?? 0, weight)
  }
  return secret
}

/** FORMAT, "seal record": walks the head as it is described there. */
function readSealRecord(record: Buffer): { head: Buffer; facts: Buffer; wrappedRootKey: Buffer; sealedKeyring: Buffer; deploymentId: string; salt: Buffer; checks: Buffer[] } {
  expect(record.subarray(0, 8).toString()).toBe('COFRSEAL')
  expect(record.readUInt16BE(8)).toBe(1)
  let at = 8 + 2 + 2 + 8 + 8 + 8 + 1
  const text = (): string => {
    const length = record[at] ?? 0
    at += 1 + length
    return record.toString('utf8', at - length, at)
  }
  const deploymentId = text()
  text()
  const factsAt = at
  const count = record[at + 3] ?? 0
  at += 12
  const salt = record.subarray(at, at + 16)
  at += 16
  const checks: Buffer[] = []
  for (let share = 0; share < count; share++) {
    checks.push(record.subarray(at, at + 16))
    at += 16
    text()
  }
  const facts = record.subarray(factsAt, at)
  const wrappedRootKey = record.subarray(at, at + 60)
  at += 60
  expect(record[at++]).toBe(0)
  const head = record.subarray(0, at)
  const sealedKeyring = record.subarray(at + 4, at + 4 + record.readUInt32BE(at))
  expect(at + 4 + sealedKeyring.length + 32).toBe(record.length)
  expect(sha256(record.subarray(0, -32))).toEqual(record.subarray(-32))
  return { head, facts, wrappedRootKey, sealedKeyring, deploymentId, salt, checks }
}

async function goldenStore() {
  const test = await newTestKeystore({ shares: 3, threshold: 2, random: seededRandom(1) })
  const first = Buffer.from(test.sealStore.stored?.bytes ?? [])
  await openWith(test.keystore, test.cards)
  await test.keystore.attachRecords(test.records)
  await test.keystore.secrets('iam/').put('root', Buffer.from('a secret'))
  return { ...test, first }
}

describe('the formats of the keystore', () => {
  it('are read by a reader that knows only their description', async () => {
    const { cards, sealStore, records, keystore } = await goldenStore()
    const record = readSealRecord(Buffer.from(sealStore.stored?.bytes ?? []))
    const shares = [2, 0].map((index) => Buffer.from(cards[index]?.share.use((share) => Buffer.from(share)) ?? []))
    expect(sha256('coffer/1/share-check', record.salt, shares[0] ?? '').subarray(0, 16)).toEqual(record.checks[2])
    const rootKey = openSealed(combine(shares), record.wrappedRootKey, fields('coffer/1/wrapped-root-key', record.deploymentId, record.facts))
    const keyring = openSealed(rootKey, record.sealedKeyring, fields('coffer/1/sealed-keyring', record.head))
    expect([keyring[0], keyring.readUInt16BE(33), keyring.readUInt32BE(35), keyring.length]).toEqual([1, 1, 1, 35 + 52])
    const term = keyring.subarray(55, 87)
    const entry = (path: string): Buffer => {
      const stored = Buffer.from(records.entries.get(path) ?? [])
      expect([stored.readUInt32BE(0), stored[4]]).toEqual([1, 1])
      return openSealed(term, stored.subarray(5), Buffer.from(path))
    }
    expect(entry('iam/root').toString()).toBe('a secret')
    const namedKey = entry('core/keys/coffer-default')
    expect([namedKey[0], namedKey[1], namedKey.readUInt16BE(10), namedKey.readUInt32BE(12), namedKey.length]).toEqual([1, 0, 1, 1, 56])
    const dataKey = await keystore.namedKeys().generateDataKey('coffer-default', { object: 'b', bucket: 'a' })
    const wrapped = Buffer.from(dataKey.wrapped)
    expect([wrapped[0], wrapped.readUInt32BE(1), wrapped.length]).toEqual([1, 1, 81])
    const wrapping = createHmac('sha256', namedKey.subarray(24)).update(fields('coffer/1/data-key-wrapping', wrapped.subarray(5, 21))).digest()
    expect(openSealed(wrapping, wrapped.subarray(21), fields('coffer/1/data-key', 'coffer-default', 'bucket', 'a', 'object', 'b'))).toEqual(Buffer.from(dataKey.plain))
    const extracted = createHmac('sha256', '').update(keyring.subarray(1, 33)).digest()
    const storageKey = createHmac('sha256', extracted).update('coffer/1/storage').update(Buffer.of(1)).digest()
    expect(keystore.derivedKeys().storageKey.use((key) => Buffer.from(key))).toEqual(storageKey)
  })

  it('have these bytes: seal record', async () => {
    const { first, sealStore } = await goldenStore()
    expect(hex(first)).toMatchInlineSnapshot(`"434f46525345414c00010000000000000000000100000199c82cc0000000000000000000000e6465706c6f796d656e742d6f6e650673747564696f0001020300000199c82cc000095b0b8efb6a96d67d1ec63b524c5ce5a18d7499a83b70cc31afabc404a5716208686f6c6465722031719be69f386549cbdc26be5e7a285cfe08686f6c646572203250814acfe333ed2536364f559f89cf5b08686f6c6465722033d363474daf9d7b1c85908fe37d578ee480cfa1e2d740971083152ceb10201ea9f9f14964daa0e89712ad0f30d01ade040a82adc149512ffbd7064d70000000007372a6db3e108ac3ff2e3b1ea0d4f700da572e1683ae2660d6aafd7aa18f0f6f0410f1cc26ede8d88dd177b52de0f8cf2e8c16260f0e06879d9db678ac5a93d939b3cff5b47a23e2eb69220b1e5854cafddd58e1afc6035c5eceaddc569cafcc523bea027834b915feb5d5753ed20d5b8cc04a7319414505748d8112c573ed71e9e7ce212e5e7eca972527bec12c9db65203c604"`)
    const last = decodeSealRecord(sealStore.stored?.bytes ?? bytes(0, 0))
    expect(last).toMatchObject({ head: { generation: 3, provenAtMs: 1_760_000_000_000, provenShares: 2, recordsBegun: true } })
    expect(hex(sha256(sealStore.stored?.bytes ?? ''))).toMatchInlineSnapshot(`"a32c3f7b2acb6f9ade0f1c14c3346b52eb7ae915cfac71029b07a2da6858b21e"`)
  })

  it('have these bytes: share card', async () => {
    const { cards } = await goldenStore()
    const [card] = cards
    if (card === undefined) expect.fail('no card')
    expect(formatShareCard(card)).toMatchInlineSnapshot(`
      {
        "base64": "hx5Aq8Sp7s5tDzPqHHC/kSLPRTP1VCWk8QEf/r56L2ug",
        "card": "coffer-share-1:222XZ-JA47Q-C09T4-C001B-041GH-51RY3-82NWM-9AFEM-SSPGR-YCZAQ-3HRBX-Z4927-SX2K8-7XAM5-4PJFV-208Z7-ZTZ7G-MBVBJ-M0TSR-GWWE9",
        "hex": "871e40abc4a9eece6d0f33ea1c70bf9122cf4533f55425a4f1011ffebe7a2f6ba0",
        "words": "mandate velvet cliff matter page grunt reflect toy tube toe copper car coconut penalty sound pride certain chest doctor divide typical dial sad inject favorite",
      }
    `)
    expect(toDeploymentShortId('deployment-one')).toBe(hex(sha256('coffer/1/deployment:deployment-one')).slice(0, 16))
    const parsed = parseCardGroups(formatShareCard(card).card.slice('coffer-share-1:'.length).split('-'))
    expect(parsed).toMatchObject({ envelope: { shareGeneration: 1, shareNumber: 1, shareCount: 3, threshold: 2 } })
  })

  it('have these bytes: groups of a card', () => {
    expect(formatGroups(bytes(5, 0))).toBe('00000-00001')
    expect(formatGroups(bytes(5, 0xff))).toMatchInlineSnapshot(`"ZZZZD-ZZZZC"`)
    expect(formatGroups(Buffer.from('0123456789abcdef0011', 'hex'))).toMatchInlineSnapshot(`"04HMB-ASW91-NF6YQ-Y00H7"`)
    expect(parseGroups(['00000', '00001'], 2)).toEqual({ bytes: bytes(5, 0) })
  })

  it('have these bytes: keyring, named key, barrier record, share check, context, fields', () => {
    const key = bytes(32, 0xcc)
    expect(hex(encodeKeyring({ derivationSecret: bytes(32, 0xdd), terms: [{ term: 2, installedAtMs: 0x0102030405, encryptions: 9, key }] }))).toBe(
      `01${'dd'.repeat(32)}0001` + `00000002${'0000000102030405'}${'0000000000000009'}${'cc'.repeat(32)}`,
    )
    expect(hex(encodeNamedKey({ isDisabled: true, createdAtMs: 5, versions: [{ keyVersion: 3, createdAtMs: 6, key }] }))).toBe(
      `0101${'0000000000000005'}0001` + `00000003${'0000000000000006'}${'cc'.repeat(32)}`,
    )
    // AES-256-GCM with key and nonce zero and this path as associated data; the ciphertext is that of test case 14 of the GCM paper.
    const entry = hex(sealBarrierRecord(7, GcmKey.own(bytes(32, 0)), 'a/b', bytes(16, 0), zeroRandom))
    expect(entry.slice(0, -32)).toBe(`0000000701${'00'.repeat(12)}cea7403d4d606b6e074ec5d3baf39d18`)
    expect(openSealed(bytes(32, 0), Buffer.from(entry, 'hex').subarray(5), Buffer.from('a/b'))).toEqual(Buffer.alloc(16))
    expect(hex(computeShareCheck(bytes(16, 1), bytes(33, 2)))).toBe(hex(sha256('coffer/1/share-check', bytes(16, 1), bytes(33, 2))).slice(0, 32))
    expect(hex(encodeKeyContext('k', { b: '2', a: '1' }))).toBe(hex(fields('coffer/1/data-key', 'k', 'a', '1', 'b', '2')))
    const written = new FieldWriter().number(1, 1).number(0x0203, 2).number(2 ** 40, 8).text('é').finish()
    expect(hex(written)).toBe('01' + '0203' + '0000010000000000' + '02c3a9')
    expect(new FieldReader(written).number(4)).toBe(0x01020300)
  })
})
