import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { clientSnippets } from '../../../../../src-main/contract/client-snippets.ts'
import { fillSecret, maskSecret, secretPlace } from '../../../../../src-renderer/components/client-settings/secret-place.ts'

const nasty = `a'b"$(touch x)\`c\\&;|$& $'`.replaceAll(' ', '')

describe('the secret in a client’s settings', () => {
  it('is not run by a shell, whatever it is made of', () => {
    const line = fillSecret('aws', `S=${secretPlace}; printf %s "$S"`, nasty)
    expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe(nasty)
  })

  it('is not shown', () => {
    const masked = maskSecret(clientSnippets.aws.text, '••••')
    expect(masked).toContain('••••')
    expect(masked).not.toContain(secretPlace)
  })

  it('stays a mark while nobody gave one', () => {
    expect(fillSecret('rclone', clientSnippets.rclone.text, '  ')).toBe(clientSnippets.rclone.text)
  })

  it('is filled in as the client reads it', () => {
    expect(fillSecret('rclone', `secret_access_key = ${secretPlace}`, ' ab$&c\n')).toBe('secret_access_key = ab$&c')
    expect(fillSecret('restic', `X=${secretPlace}`, 'abc/+=')).toBe('X=abc/+=')
    expect(fillSecret('boto3', `'${secretPlace}'`, `a'b\\`)).toBe(`'a\\'b\\\\'`)
  })
})
