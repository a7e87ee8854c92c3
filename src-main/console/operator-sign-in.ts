// The administrator of the console: one password, kept as an argon2id hash in the barrier, so that signing in needs the store open.
import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { decodeUtf8, encodeUtf8 } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { SecretStoreError, type SecretStore } from '../seams/secret-store.ts'
import { ConsoleError } from './errors.ts'
import { GuessLimiter, passwordPolicy } from './guess-limiter.ts'
import { slowDown } from './set-up-code.ts'

const recordPath = 'administrator'
const record = z.object({ formatVersion: z.literal(1), passwordHash: z.string().max(512), changedAtMs: z.number() })

/** RFC 9106 §4, second choice, with more memory to spare: 64 MiB, three passes; about 250 ms. */
export const defaultPasswordCost = { memoryKib: 65_536, passes: 3 }
export type PasswordCost = typeof defaultPasswordCost
/** Each takes 64 MiB. */
const verificationsMax = 2

const wellKnown = new Set(['minioadmin', 'minioadmin123', 'minio123', 'password', 'password1', 'password123', 'administrator', 'changeme', '1234567890', '12345678', 'coffercoffer', 'qwertyuiop'])

/** Faults: weak-secret. */
export function refuseWellKnown(secret: string, what: string): void {
  if (wellKnown.has(secret.toLowerCase()) || /^(.)\1*$/.test(secret)) {
    throw new ConsoleError('weak-secret', `${what} is one that everybody tries first.`, { hint: 'Choose another one, or leave it out to have one made.' })
  }
}

export interface OperatorSignInParts {
  /** Undefined while the store is closed. */
  readonly secrets: () => SecretStore | undefined
  readonly clock: Clock
  readonly cost?: PasswordCost
}

export class OperatorSignIn {
  readonly #parts: OperatorSignInParts
  readonly #limiter: GuessLimiter
  /** Once there is one, there is one as long as the store is open. */
  #isKnown = false
  #verifying = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: OperatorSignInParts) {
    this.#parts = parts
    this.#limiter = new GuessLimiter(passwordPolicy, parts.clock)
  }

  /** Undefined while it can't be known: the store is closed, or its records can't be read. */
  async hasAdministrator(): Promise<boolean | undefined> {
    const secrets = this.#parts.secrets()
    if (secrets === undefined) {
      this.#isKnown = false
      return undefined
    }
    try {
      this.#isKnown ||= (await secrets.get(recordPath)) !== undefined
      return this.#isKnown
    } catch (error) {
      if (error instanceof SecretStoreError) return undefined
      throw error
    }
  }

  /** Faults: sealed, no-administrator, wrong-password, slow-down, busy. */
  async check(password: string, address: string): Promise<void> {
    const secrets = this.#openSecrets()
    const attempt = this.#limiter.begin(address)
    if ('waitMs' in attempt) throw slowDown(attempt.waitMs)
    if (this.#verifying >= verificationsMax) {
      attempt.withdraw()
      throw new ConsoleError('busy', 'Others are signing in just now.', { hint: 'Try again in a moment.', retryAfterSeconds: 1 })
    }
    this.#verifying++
    try {
      const known = await readHash(secrets)
      if (known === undefined) {
        attempt.withdraw()
        throw new ConsoleError('no-administrator', 'Nobody can sign in yet: the console has no password.', { hint: 'At the machine: coffer operator password' })
      }
      if (!(await verify(known, password))) throw new ConsoleError('wrong-password', 'The password is wrong.', { hint: 'Forgotten? At the machine: coffer operator password' })
      attempt.succeeded()
    } finally {
      this.#verifying--
    }
  }

  /** The first password; a second call is refused. Faults: administrator-exists, weak-secret, sealed, and the store's. */
  createAdministrator(password: string): Promise<void> {
    return this.#inTurn(async () => {
      if ((await readHash(this.#openSecrets())) !== undefined) throw administratorExists()
      await this.#write(password)
    })
  }

  /** Faults: weak-secret, sealed, and the store's. */
  setPassword(password: string): Promise<void> {
    return this.#inTurn(() => this.#write(password))
  }

  async #write(password: string): Promise<void> {
    refuseWellKnown(password, 'This password')
    const { memoryKib, passes } = this.#parts.cost ?? defaultPasswordCost
    // Algorithm 2 is argon2id.
    const passwordHash = await hash(password, { algorithm: 2, memoryCost: memoryKib, timeCost: passes, parallelism: 1 })
    await this.#openSecrets().put(recordPath, encodeUtf8(JSON.stringify({ formatVersion: 1, passwordHash, changedAtMs: this.#parts.clock.nowMs() })))
  }

  #openSecrets(): SecretStore {
    const secrets = this.#parts.secrets()
    if (secrets === undefined) throw new ConsoleError('sealed', 'The store is not open, so nobody can sign in.', { hint: 'Open it with shares first: coffer unseal' })
    return secrets
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

export function administratorExists(): ConsoleError {
  return new ConsoleError('administrator-exists', 'Set-up is finished: there is an administrator already.', { hint: 'Sign in. Forgotten? At the machine: coffer operator password' })
}

async function readHash(secrets: SecretStore): Promise<string | undefined> {
  const bytes = await secrets.get(recordPath)
  if (bytes === undefined) return undefined
  const parsed = record.safeParse(parseJson(decodeUtf8(bytes)))
  if (!parsed.success) throw new ConsoleError('damaged', "The administrator's record is damaged.", { hint: 'At the machine: coffer operator password' })
  return parsed.data.passwordHash
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}
