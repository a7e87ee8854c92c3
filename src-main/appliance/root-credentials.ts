// The owner's S3 credentials: from the configuration, else from the barrier, else made once. The secret leaves this file only towards
// the person who set the store up, and towards SigV4 as a key.
import { createSecretKey } from 'node:crypto'
import { z } from 'zod'
import { decodeUtf8, encodeUtf8, formatBase64 } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'
import type { AccessKey, AccessKeys } from '../iam/index.ts'
import type { SecretStore } from '../seams/secret-store.ts'

export interface RootCredentials {
  readonly accessKeyId: string
  readonly secret: string
}

const stored = z.object({ accessKeyId: z.string(), secret: z.string() })
const path = 'root-credentials'
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 20 characters of letters and digits that are not mixed up, and 40 of base64 letters. */
export function makeRootCredentials(random: RandomSource, accessKeyId?: string): RootCredentials {
  const id = `CF${[...random.bytes(18)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('')}`
  return { accessKeyId: accessKeyId ?? id, secret: formatBase64(random.bytes(45)).replaceAll(/[+/=]/g, 'x').slice(0, 40) }
}

export async function readRootCredentials(secrets: SecretStore): Promise<RootCredentials | undefined> {
  const bytes = await secrets.get(path)
  if (bytes === undefined) return undefined
  const parsed = stored.safeParse(JSON.parse(decodeUtf8(bytes) ?? 'null'))
  bytes.fill(0)
  return parsed.success ? parsed.data : undefined
}

export async function writeRootCredentials(secrets: SecretStore, credentials: RootCredentials): Promise<void> {
  const bytes = encodeUtf8(JSON.stringify(credentials))
  await secrets.put(path, bytes)
  bytes.fill(0)
}

/** Access keys that can be replaced while servers hold on to them; empty while sealed. */
export class CurrentAccessKeys implements AccessKeys {
  #root: AccessKey | undefined

  set(credentials: RootCredentials | undefined): void {
    this.#root =
      credentials === undefined
        ? undefined
        : { accessKeyId: credentials.accessKeyId, signingSeed: createSecretKey(encodeUtf8(`AWS4${credentials.secret}`)), isRoot: true }
  }

  findAccessKey(accessKeyId: string): AccessKey | undefined {
    return this.#root?.accessKeyId === accessKeyId ? this.#root : undefined
  }
}
