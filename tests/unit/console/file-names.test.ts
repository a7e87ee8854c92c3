// Names of objects as file names in headers: harmless whatever they hold.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatContentDisposition, toFileName } from '../../../src-main/console/files/content-disposition.ts'
import { describeFile, parseRange } from '../../../src-main/console/files/file-headers.ts'

describe('the file name of a download', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['a/..', '_'],
    ['', 'download'],
    ['///', 'download'],
    ['...', '_'],
    ['.bashrc', '_bashrc'],
    ['C:\\Windows\\evil.exe', 'C__Windows_evil.exe'],
    ['a"; filename="evil.html', 'a_; filename=_evil.html'],
    ['photo\u202egpj.exe', 'photo_gpj.exe'],
    ['a\r\nSet-Cookie: x=1', 'a__Set-Cookie_ x=1'],
    ['a\0b', 'a_b'],
    ['tail. . ', 'tail'],
    ['\ud800', '\ufffd'],
    ['2019/Ferien/Straße & Meer.jpg', 'Straße & Meer.jpg'],
  ])('of %j is %j', (name, fileName) => {
    expect(toFileName(name)).toBe(fileName)
  })

  it('keeps its ending when it is shortened', () => {
    expect(toFileName(`${'ä'.repeat(400)}.tar.gz`)).toBe(`${'ä'.repeat(147)}.gz`)
  })

  it('stands in a header that every client reads alike', () => {
    expect(formatContentDisposition('attachment', "it's 100% (new)ä.txt")).toBe("attachment; filename=\"it's 100_ (new)_.txt\"; filename*=UTF-8''it%27s%20100%25%20%28new%29%C3%A4.txt")
  })

  it('makes no header of anything else, whatever the name', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80, unit: 'binary' }), (name) => {
      expect(formatContentDisposition('attachment', name)).toMatch(/^attachment; filename="[ !#$&-[\]-~]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/)
    }))
  })
})

describe('what a browser may do with a file', () => {
  const info = { name: 'a', etag: 'd41d8cd98f00b204e9800998ecf8427e', size: 1, modifiedMs: 0, storageClass: 'STANDARD', userMetadata: {}, encryption: { kind: 'none' } } as const
  const typeOf = (contentType: string): unknown[] => {
    const { 'content-type': type, 'content-disposition': disposition } = describeFile({ ...info, headers: { contentType } }, true)
    return [type, disposition?.split(';')[0]]
  }

  it.each(['text/html', 'text/HTML; charset=x', 'text/xml', 'text/javascript', 'application/json'])('is to show %s as plain text', (contentType) => {
    expect(typeOf(contentType)).toEqual(['text/plain; charset=utf-8', 'inline'])
  })

  it.each(['image/svg+xml', 'application/pdf', 'application/xhtml+xml', 'application/octet-stream', 'multipart/x-mixed-replace', ''])('is to save %j, not to show it', (contentType) => {
    expect(typeOf(contentType)).toEqual(['application/octet-stream', 'attachment'])
  })

  it('is to show raster images', () => {
    expect(typeOf('image/png')).toEqual(['image/png', 'inline'])
  })

  it('is never to run anything in it', () => {
    for (const isView of [true, false]) {
      const headers = describeFile({ ...info, headers: { contentType: 'image/png' } }, isView)
      expect(headers['content-security-policy']).toContain('sandbox')
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })
})

describe('a range', () => {
  it.each(['bytes=', 'bytes=-', 'bytes=2-1', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=a-b', undefined])('is none in %j', (text) => { expect(parseRange(text)).toBeUndefined() })
  it('is read in its three forms', () => {
    expect(['bytes=0-1', 'bytes=5-', 'bytes=-7'].map(parseRange)).toEqual([{ form: 'from-to', from: 0, to: 1 }, { form: 'from', from: 5 }, { form: 'last', length: 7 }])
  })
})
