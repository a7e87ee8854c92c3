import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, expandEllipsis, loadConfig, parseAddress } from '../../../src-main/appliance/config.ts'

function faultOf(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the configuration', () => {
  it('refuses an unknown variable and names the known ones', () => {
    const error = faultOf(() => loadConfig({ environment: { COFFER_DRIVE: '/a' } }))
    expect(error.fault).toBe('unknown-field')
    expect(error.message).toContain('COFFER_DRIVES')
  })

  it('refuses an unknown field of the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'coffer-config-')), 'coffer.json')
    writeFileSync(file, JSON.stringify({ drivs: ['/a'] }))
    const error = faultOf(() => loadConfig({ environment: {}, file }))
    expect(error.fault).toBe('unknown-field')
    expect(error.message).toContain('drivs')
  })

  it('names field, problem and example of a bad value', () => {
    const error = faultOf(() => loadConfig({ environment: { COFFER_S3_ADDRESS: '9000' } }))
    expect(error.fault).toBe('bad-value')
    expect(error.message).toContain('COFFER_S3_ADDRESS')
    expect(error.message).toContain('0.0.0.0:9000')
  })

  it('never repeats a secret', () => {
    const error = faultOf(() => loadConfig({ environment: { MINIO_ROOT_USER: 'admin', MINIO_ROOT_PASSWORD: 'short' } }))
    expect(error.message).not.toContain('short')
  })

  it('refuses two names of one field that disagree, and takes them when they agree', () => {
    const error = faultOf(() => loadConfig({ environment: { COFFER_REGION: 'eu-1', MINIO_SITE_REGION: 'us-1' } }))
    expect(error.fault).toBe('conflict')
    expect(error.message).toContain('COFFER_REGION')
    expect(error.message).toContain('MINIO_SITE_REGION')
    expect(loadConfig({ environment: { COFFER_REGION: 'eu-1', MINIO_SITE_REGION: 'eu-1' } }).region).toBe('eu-1')
  })

  it('refuses a root user without a password', () => {
    expect(faultOf(() => loadConfig({ environment: { COFFER_ROOT_USER: 'admin' } })).fault).toBe('bad-value')
  })

  it('takes the environment over the file, flags over both, and secrets from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-config-'))
    const file = join(folder, 'coffer.json')
    const secret = join(folder, 'secret')
    writeFileSync(file, JSON.stringify({ region: 'from-file', drives: ['/file'], logLevel: 'warn' }))
    writeFileSync(secret, 'a long password\n')
    const config = loadConfig({
      environment: { COFFER_CONFIG: file, COFFER_REGION: 'from-env', MINIO_ROOT_USER: 'admin', MINIO_ROOT_PASSWORD_FILE: secret },
      flags: { drives: ['/flag'] },
    })
    expect(config).toMatchObject({ region: 'from-env', drives: ['/flag'], logLevel: 'warn', rootPassword: 'a long password' })
  })

  it('expands ranges as MinIO writes them', () => {
    expect(expandEllipsis('/mnt/drive{1...3}')).toEqual(['/mnt/drive1', '/mnt/drive2', '/mnt/drive3'])
    expect(expandEllipsis('/r{01...02}/d{1...2}')).toEqual(['/r01/d1', '/r01/d2', '/r02/d1', '/r02/d2'])
    expect(expandEllipsis('/mnt/{4...1}')).toBeUndefined()
    expect(expandEllipsis('/mnt/{1...9999}')).toBeUndefined()
    expect(expandEllipsis('/mnt/{a...b}')).toBeUndefined()
  })

  it('reads addresses', () => {
    expect(parseAddress(':9000')).toEqual({ host: '0.0.0.0', port: 9000 })
    expect(parseAddress('[::1]:9000')).toEqual({ host: '::1', port: 9000 })
    expect(parseAddress('host:99999')).toBeUndefined()
    expect(parseAddress('::1:9000')).toBeUndefined()
  })
})
