// Known answers, checked at every start: a library that computes anything else must not touch data. Vectors are those of the standards.
import { createHash, createHmac, scryptSync } from 'node:crypto'
import { concatBytes, equalBytes, formatHex } from '../base/bytes.ts'
import { CryptoError } from './crypto-error.ts'
import { gcmTagBytes } from './gcm-engine.ts'
import { GcmKey } from './gcm.ts'
import { HmacKey } from './hmac.ts'
import { hkdfSha256 } from './key-derivation.ts'
import { combineShares } from './shamir.ts'

export interface KnownAnswer {
  readonly name: string
  readonly expectedHex: string
  compute(): Uint8Array
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'))

/** McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
const gcm = {
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  nonce: 'cafebabefacedbaddecaf888',
  associatedData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plain: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  cipher: '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  tag: '76fc6ece0f4e1768cddf8853bb2d551b',
}

export const knownAnswers: readonly KnownAnswer[] = [
  {
    name: 'AES-256-GCM seals',
    expectedHex: gcm.cipher + gcm.tag,
    compute() {
      const sealed = new Uint8Array(hex(gcm.plain).byteLength + gcmTagBytes)
      GcmKey.own(hex(gcm.key)).seal(hex(gcm.nonce), hex(gcm.associatedData), hex(gcm.plain), sealed)
      return sealed
    },
  },
  { name: 'AES-256-GCM opens', expectedHex: gcm.plain, compute: () => openGcm(hex(gcm.tag)) ?? hex('') },
  {
    name: 'AES-256-GCM refuses a changed tag',
    expectedHex: '01',
    compute() {
      const tag = hex(gcm.tag)
      tag[15] = (tag[15] ?? 0) ^ 1
      return Uint8Array.of(openGcm(tag) === undefined ? 1 : 0)
    },
  },
  // FIPS 180-4 example of one block.
  { name: 'SHA-256', expectedHex: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', compute: () => createHash('sha256').update('abc').digest() },
  // RFC 4231 §4.3.
  {
    name: 'HMAC-SHA-256',
    expectedHex: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    compute: () => createHmac('sha256', text('Jefe')).update('what do ya want for nothing?').digest(),
  },
  {
    name: 'HMAC-SHA-256 over one-shot hashes',
    expectedHex: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    compute: () => HmacKey.copyOf(text('Jefe')).digest(text('what do ya want for nothing?')),
  },
  // RFC 5869 A.1.
  {
    name: 'HKDF-SHA-256',
    expectedHex: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    compute: () => hkdfSha256(hex('0b'.repeat(22)), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42),
  },
  // RFC 7914 §12, first vector.
  {
    name: 'scrypt',
    expectedHex: '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
    compute: () => scryptSync('', '', 64, { N: 16, r: 1, p: 1 }),
  },
  // RFC 1321 A.5 and FIPS 180-4: S3 needs both, though not for secrecy.
  { name: 'MD5', expectedHex: '900150983cd24fb0d6963f7d28e17f72', compute: () => createHash('md5').update('abc').digest() },
  { name: 'SHA-1', expectedHex: 'a9993e364706816aba3e25717850c26c9cd0d89d', compute: () => createHash('sha1').update('abc').digest() },
  // Shares as other implementations of the same layout make them.
  {
    name: 'Shamir combines',
    expectedHex: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    compute: () =>
      combineShares(
        ['sbiHjv2Uk7qpUH9GVUzL0uHo9z4tBANqGQAvNgX8+8IB', 'R5Z8UKHz5Vkva9nUdx8vsvUkXtaMxdN0qTBr9iyZdnt/', 'j6TDFkFk5mVY4WuBbk99wdP4yXfaxEb+OTk3i7Yu7gT/'].map(
          (share) => new Uint8Array(Buffer.from(share, 'base64')),
        ),
      ),
  },
]

function openGcm(tag: Uint8Array): Uint8Array | undefined {
  const plain = new Uint8Array(hex(gcm.cipher).byteLength)
  return GcmKey.own(hex(gcm.key)).open(hex(gcm.nonce), hex(gcm.associatedData), concatBytes([hex(gcm.cipher), tag]), plain) ? plain : undefined
}

/** Runs every known answer; a few milliseconds. Faults: self-test-failed, which names the primitive. */
export function runCryptoSelfTests(answers: readonly KnownAnswer[] = knownAnswers): void {
  for (const answer of answers) {
    let actual: Uint8Array
    try {
      actual = answer.compute()
    } catch (error) {
      throw new CryptoError('self-test-failed', `${answer.name}: not available`, { primitive: answer.name }, error)
    }
    if (!equalBytes(actual, hex(answer.expectedHex))) {
      throw new CryptoError('self-test-failed', `${answer.name}: wrong answer ${formatHex(actual).slice(0, 16)}…`, { primitive: answer.name })
    }
  }
}
