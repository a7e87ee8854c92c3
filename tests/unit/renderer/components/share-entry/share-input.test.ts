// What people bring as a share.
import { describe, expect, it } from 'vitest'
import { normaliseShare, readCardFile } from '../../../../../src-renderer/components/share-entry/share-input.ts'

describe('a card file', () => {
  it('is not read when it is far larger than a card', async () => {
    const file = { size: 20_000, text: () => Promise.reject(new Error('must not be read')) }
    expect(await readCardFile(file)).toEqual({ fault: 'too-large' })
  })

  it('says so when it can’t be read', async () => {
    expect(await readCardFile({ size: 10, text: () => Promise.reject(new Error('gone')) })).toEqual({ fault: 'not-read' })
  })

  it('is handed on as it is', async () => {
    expect(await readCardFile({ size: 10, text: () => Promise.resolve('a\n\nb') })).toEqual({ text: 'a\n\nb' })
  })
})

describe('a pasted share', () => {
  it('keeps its words apart over line breaks', () => {
    expect(normaliseShare('  apple\r\nbridge\t\tcloud\n')).toBe('apple bridge cloud ')
  })
})
