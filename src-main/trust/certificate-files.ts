// The certs folder: small PEM files, written whole or not at all, and the authority's key wiped when it moves into the barrier.
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TrustError } from './trust-error.ts'

const fileSizeMax = 256 * 1024

export interface CertificateFiles {
  /** Own certificate, if somebody put one there. */
  readonly ownCertificate: string
  readonly ownKey: string
  /** Key and certificate of the server, issued by the LAN authority. */
  readonly leaf: string
  /** Key and certificate of the authority, only until the store has opened once. */
  readonly authority: string
  /** The authority's certificate as clients get it. */
  readonly authorityCertificate: string
}

export function certificateFilesIn(folder: string): CertificateFiles {
  return {
    ownCertificate: join(folder, 'public.crt'),
    ownKey: join(folder, 'private.key'),
    leaf: join(folder, 'coffer.pem'),
    authority: join(folder, 'authority.pem'),
    authorityCertificate: join(folder, 'CAs', 'coffer-ca.crt'),
  }
}

/** Faults: folder-not-usable. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(join(folder, 'CAs'), { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (error) {
    throw new TrustError('folder-not-usable', `The certificate folder ${folder} can't be used.`, { folder }, error)
  }
}

/** Undefined: absent, unreadable or absurdly large. */
export function readPem(path: string): string | undefined {
  try {
    return statSync(path).size > fileSizeMax ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The new content or the old one is there, whenever the process is killed. Faults: folder-not-usable. */
export function writePem(path: string, text: string, mode: number): void {
  const draft = `${path}.new`
  try {
    rmSync(draft, { force: true })
    const handle = openSync(draft, 'wx', mode)
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw new TrustError('folder-not-usable', `The certificate file ${path} can't be written.`, { path }, error)
  }
}

/** Overwrites and removes. On drives that write elsewhere (flash, copy-on-write) the overwriting is only an attempt; THREAT-MODEL says so. */
export function wipeFile(path: string): void {
  for (const file of [path, `${path}.new`]) {
    if (!existsSync(file)) continue
    const handle = openSync(file, 'r+')
    try {
      writeSync(handle, Buffer.alloc(statSync(file).size))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    unlinkSync(file)
  }
  syncFolder(dirname(path))
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
