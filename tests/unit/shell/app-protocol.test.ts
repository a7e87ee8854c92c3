import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAppRequest } from '../../../src-main/shell/app-protocol.ts'

describe('the window’s own protocol', () => {
  it('refuses other hosts, traversal in every spelling, unknown kinds of file and other methods', () => {
    for (const url of [
      'app://other/index.html', 'https://local/index.html', 'app://local/../secret.js', 'app://local/%2e%2e/secret.js', 'app://local/a/..%2f..%2fb.js',
      'app://local/a%00.js', 'app://local/a%5c..%5cb.js', 'app://local//etc/passwd.js', 'app://local/passwd', 'app://local/%zz.js',
    ]) {
      expect(readAppRequest('GET', url), url).toEqual({ kind: 'refused' })
    }
    expect(readAppRequest('POST', 'app://local/index.html')).toEqual({ kind: 'refused' })
    expect(readAppRequest('GET', 'app://local/api/state.get')).toEqual({ kind: 'refused' })
  })

  it('never gives a path that leaves the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '%2e', '%2f', '\\', 'a', '%00', '..', '.js') }), (tail) => {
        const request = readAppRequest('GET', `app://local/${tail}`)
        if (request.kind === 'file') expect(request.path).not.toMatch(/(^|\/)\.\.(\/|$)|^\/|\\|\0/)
      }),
    )
  })

  it('gives the page, its parts and the procedures', () => {
    expect(readAppRequest('GET', 'app://local/')).toMatchObject({ kind: 'file', path: 'index.html' })
    expect(readAppRequest('GET', 'app://local/assets/index-abc.js?x#y')).toMatchObject({ kind: 'file', path: 'assets/index-abc.js' })
    expect(readAppRequest('POST', 'app://local/api/state.get')).toEqual({ kind: 'procedure', name: 'state.get' })
  })
})
