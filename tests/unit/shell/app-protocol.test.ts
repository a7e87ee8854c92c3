import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFilePath } from '../../../src-main/contract/files.ts'
import { contentPolicy, readAppRequest } from '../../../src-main/shell/app-protocol.ts'

describe('the window’s own protocol', () => {
  it('refuses other hosts, traversal in every spelling, unknown kinds of file and other methods', () => {
    for (const url of [
      'app://other/index.html', 'https://local/index.html', 'app://local/../secret.js', 'app://local/%2e%2e/secret.js', 'app://local/a/..%2f..%2fb.js',
      'app://local/a%00.js', 'app://local/a%5c..%5cb.js', 'app://local//etc/passwd.js', 'app://local/passwd', 'app://local/%zz.js',
      'app://local/api/state.get', 'app://local.evil/index.html', `app://local/${'a'.repeat(9000)}.js`,
    ]) {
      expect(readAppRequest('GET', url), url).toEqual({ kind: 'refused' })
    }
    for (const method of ['POST', 'PUT', 'HEAD', 'DELETE']) expect(readAppRequest(method, 'app://local/index.html')).toEqual({ kind: 'refused' })
  })

  it('gives no bytes for what names no object or asks in another way', () => {
    for (const url of ['app://local/files/', 'app://local/files/bucket', 'app://local/files/bucket/', 'app://local/files//name', 'app://local/files/b/%zz', 'app://local/files/b/n\u0000', 'app://local/files/b/n\n']) {
      expect(readAppRequest('GET', url), url).toEqual({ kind: 'refused' })
    }
    for (const method of ['POST', 'DELETE', 'get', 'CONNECT']) expect(readAppRequest(method, 'app://local/files/b/n')).toEqual({ kind: 'refused' })
  })

  it('never gives a path that leaves the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '%2e', '%2f', '\\', 'a', '%00', '..', '.js', '%5c') }), (tail) => {
        const request = readAppRequest('GET', `app://local/${tail}`)
        if (request.kind === 'file') expect(request.path).not.toMatch(/(^|\/)\.\.(\/|$)|^\/|\\|\0/)
      }),
    )
  })

  it('forbids scripts, frames and connections from anywhere else', () => {
    expect(contentPolicy).toMatch(/default-src 'none'/)
    expect(contentPolicy).toMatch(/script-src 'self';/)
    expect(contentPolicy).toMatch(/connect-src 'self';/)
    expect(contentPolicy).toMatch(/frame-src 'none'/)
    expect(contentPolicy).not.toMatch(/unsafe-eval|https?:|\*/)
  })

  it('gives the page and its parts', () => {
    expect(readAppRequest('GET', 'app://local/')).toMatchObject({ kind: 'file', path: 'index.html' })
    expect(readAppRequest('GET', 'app://local/#/buckets')).toMatchObject({ kind: 'file', path: 'index.html' })
    expect(readAppRequest('GET', 'app://local/assets/index-abc.js?x#y')).toMatchObject({ kind: 'file', path: 'assets/index-abc.js' })
  })

  it('hands on the authority’s certificate, to be read only', () => {
    expect(readAppRequest('PUT', 'app://local/coffer-ca.crt')).toEqual({ kind: 'refused' })
    expect(readAppRequest('GET', 'app://local/coffer-ca.crt')).toEqual({ kind: 'bytes', method: 'GET', path: '/coffer-ca.crt' })
  })

  it('hands on the bytes of an object with path and query as the page sent them', () => {
    const address = { bucket: 'backups', name: '../a b/ü?#.txt' }
    expect(readAppRequest('GET', `app://local${formatFilePath(address)}`)).toEqual({ kind: 'bytes', method: 'GET', path: formatFilePath(address) })
    const part = formatFilePath(address, { part: { uploadId: 'u1', partNumber: 2 } })
    expect(readAppRequest('PUT', `app://local${part}#x`)).toEqual({ kind: 'bytes', method: 'PUT', path: part })
  })
})
