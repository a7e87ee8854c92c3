import { describe, expect, it } from 'vitest'
import { readDesktopArguments } from '../../../src-main/shell/desktop-arguments.ts'

describe('arguments of the desktop program', () => {
  it('are without the entry in a checkout, and all of them when installed', () => {
    expect(readDesktopArguments(['electron', '/checkout', '--state', 's'], false)).toEqual(['--state', 's'])
    expect(readDesktopArguments(['coffer', '--state', 's'], true)).toEqual(['--state', 's'])
  })

  it('leave Chromium its own, and keep what nobody knows, so that a typing error is told', () => {
    expect(readDesktopArguments(['coffer', '--no-sandbox', '--ozone-platform=wayland', '--stat', 's'], true)).toEqual(['--stat', 's'])
  })
})
