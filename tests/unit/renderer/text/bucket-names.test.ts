import { describe, expect, it } from 'vitest'
import { describeBucketNameFault, suggestBucketName } from '../../../../src-renderer/text/bucket-names.ts'

describe('a name for a bucket, while it is typed', () => {
  it('is told what is wrong with it', () => {
    expect(describeBucketNameFault('My Photos')).toMatch(/lower-case/)
    expect(describeBucketNameFault('ab')).toMatch(/3 characters/)
    expect(describeBucketNameFault('minio')).toMatch(/kept/)
    expect(describeBucketNameFault('photos')).toBeUndefined()
  })

  it('is offered a name that fits', () => {
    expect(suggestBucketName('My Photos')).toBe('my-photos')
    expect(suggestBucketName('Fotos Müller__2019.')).toBe('fotos-muller-2019')
    expect(suggestBucketName('..a..')).toBeUndefined()
    expect(suggestBucketName('photos')).toBeUndefined()
  })
})
