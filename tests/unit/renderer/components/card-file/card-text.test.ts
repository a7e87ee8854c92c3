// Share cards as text: what is saved must be read back by the keystore.
import { describe, expect, it } from 'vitest'
import type { ShareCardText } from '../../../../../src-main/contract/setup.ts'
import { SecretBytes } from '../../../../../src-main/crypto/secret-bytes.ts'
import { formatShareCard } from '../../../../../src-main/keystore/format/share-card.ts'
import { parseShareInput } from '../../../../../src-main/keystore/seal/share-input.ts'
import { cardFileName, cardQrText, cardRows, formatCardFile, inFours } from '../../../../../src-renderer/components/card-file/card-text.ts'

function makeCard(label = 'office safe'): ShareCardText {
  const facts = { storeName: 'studio', label, shareNumber: 2, shareCount: 3, threshold: 2, shareGeneration: 1, deploymentShortId: '0123456789abcdef' }
  const share = new Uint8Array(33).map((_, index) => index * 7 + 1)
  return { ...facts, ...formatShareCard({ ...facts, share: SecretBytes.copyOf(share) }) }
}

/** With all that tells it from other cards, not only the share. */
const whole = { result: 'share', envelope: { shareNumber: 2, shareCount: 3, threshold: 2 } }

describe('a saved card', () => {
  it('is understood whole, as a file dropped on the unseal screen', () => {
    const parsed = parseShareInput(formatCardFile(makeCard()))
    expect(parsed).toMatchObject(whole)
  })

  it('is understood also when its label looks like a share', () => {
    expect(parseShareInput(formatCardFile(makeCard('abandon ability able about above absent')))).toMatchObject(whole)
  })

  it('is found by its QR code too', () => {
    expect(parseShareInput(cardQrText(makeCard()))).toMatchObject(whole)
  })

  it('says which card of which store it is, in its file name without the holder', () => {
    const card = makeCard()
    expect(formatCardFile(card)).toContain('Card 2 of 3: office safe')
    expect(cardFileName(card)).toBe('coffer-studio-card-2-of-3.txt')
    expect(cardFileName(card)).not.toContain('safe')
  })
})

describe('a card on screen', () => {
  it('numbers its groups as typing errors are told', () => {
    const rows = cardRows(makeCard().card)
    expect(rows.map(({ first }) => first)).toEqual([1, 6, 11, 16])
    expect(rows.flatMap(({ groups }) => groups)).toHaveLength(20)
  })

  it('fits the small alphabet of QR codes', () => {
    expect(cardQrText(makeCard())).toMatch(/^[0-9A-Z:-]+$/)
  })

  it('reads aloud in fours', () => {
    expect(inFours('abcdefghij')).toBe('abcd efgh ij')
  })
})
