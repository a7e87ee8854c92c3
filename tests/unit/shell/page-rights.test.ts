import { describe, expect, it } from 'vitest'
import { decidePermission, mayDownload, mayLoad, maySpeak } from '../../../src-main/shell/page-rights.ts'

describe('who may speak to the main process', () => {
  it('refuses frames that are gone, sub-frames, objects shown under /files/ and every other address', () => {
    expect(maySpeak(undefined)).toBe(false)
    expect(maySpeak({ url: 'app://local/', isMainFrame: false })).toBe(false)
    for (const url of ['app://local/files/b/x.html?view=1', 'app://local.evil/', 'app://localhost/', 'https://local/', 'about:blank', 'blob:app://local/1', 'data:text/html,x', 'app://local/index.html', 'app://local/?x', '']) {
      expect(maySpeak({ url, isMainFrame: true }), url).toBe(false)
    }
  })

  it('hears our page on any of its screens', () => {
    expect(maySpeak({ url: 'app://local/', isMainFrame: true })).toBe(true)
    expect(maySpeak({ url: 'app://local/#/buckets/backups/a%2Fb', isMainFrame: true })).toBe(true)
  })
})

describe('what the window may load and save', () => {
  it('loads nothing from a network, a file or another page', () => {
    for (const url of ['https://example.org/', 'http://127.0.0.1:9001/', 'ws://localhost/', 'file:///etc/passwd', 'app://other/', 'blob:https://example.org/1', 'data:text/html,x', 'data:application/javascript,x', 'javascript:1', 'chrome://gpu']) {
      expect(mayLoad(url), url).toBe(false)
    }
    for (const url of ['app://local/', 'app://local/assets/a.js', 'app://local/files/b/n', 'blob:app://local/1', 'data:image/png;base64,AA']) expect(mayLoad(url), url).toBe(true)
  })

  it('saves only objects and what the page made itself', () => {
    for (const url of ['https://example.org/a', 'app://local/', 'app://local/assets/a.js', 'data:text/plain,x', 'blob:https://example.org/1']) expect(mayDownload(url), url).toBe(false)
    expect(mayDownload('app://local/files/b/n')).toBe(true)
    expect(mayDownload('blob:app://local/0b1c')).toBe(true)
  })
})

describe('permissions', () => {
  const own = { requestingUrl: 'app://local/#/unseal', isMainFrame: true }

  it('are refused to others, to sub-frames and for everything that is not needed', () => {
    for (const permission of ['geolocation', 'notifications', 'clipboard-read', 'fileSystem', 'openExternal', 'usb', 'display-capture', 'unknown']) expect(decidePermission({ permission, ...own }), permission).toBe(false)
    expect(decidePermission({ permission: 'clipboard-sanitized-write', requestingUrl: 'app://local/', isMainFrame: false })).toBe(false)
    expect(decidePermission({ permission: 'clipboard-sanitized-write', requestingUrl: 'https://example.org/', isMainFrame: true })).toBe(false)
    expect(decidePermission({ permission: 'clipboard-sanitized-write', requestingUrl: 'app://local.evil/', isMainFrame: true })).toBe(false)
  })

  it('give the camera, but never the microphone', () => {
    expect(decidePermission({ permission: 'media', ...own, mediaTypes: ['video', 'audio'] })).toBe(false)
    expect(decidePermission({ permission: 'media', ...own, mediaTypes: ['audio'] })).toBe(false)
    expect(decidePermission({ permission: 'media', ...own, mediaTypes: [] })).toBe(false)
    expect(decidePermission({ permission: 'media', ...own })).toBe(false)
    expect(decidePermission({ permission: 'media', ...own, mediaTypes: ['video'] })).toBe(true)
  })

  it('let copy buttons write to the clipboard', () => {
    expect(decidePermission({ permission: 'clipboard-sanitized-write', ...own })).toBe(true)
    expect(decidePermission({ permission: 'clipboard-sanitized-write', requestingUrl: 'app://local', isMainFrame: true })).toBe(true)
  })
})
