// Area setup: drives → store and cards → (proof by unsealing) → administrator, S3 credentials, first bucket.
import { formatBase64 } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import type { ShareCardText } from '../../contract/setup.ts'
import type { OutputOf } from '../../contract/procedures.ts'
import { formatShareCard, type ShareCard } from '../../keystore/index.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'
import { ConsoleError } from '../errors.ts'
import { administratorExists, refuseWellKnown } from '../operator-sign-in.ts'
import type { RootCredentials } from '../ports.ts'
import { createBucket, openEncryption, openObjects } from './buckets.ts'

type Names = 'setup.create' | 'setup.startOver' | 'setup.finish' | 'setup.code'

export function setupHandlers(services: ConsoleServices): Handlers<Names> {
  const { store, setUpCode } = services
  return {
    'setup.create': async (wanted) => {
      refuseKnownRoot(wanted.rootUser, wanted.rootSecret)
      const cards = await store.create(withoutUndefined(wanted))
      return { cards: cards.map(toCardText) }
    },
    'setup.startOver': async () => {
      await store.startOver()
      return {}
    },
    'setup.finish': (wanted) => finish(services, wanted),
    'setup.code': () => ({ code: setUpCode.text }),
  }
}

/** The text leaves, the bytes are wiped. */
function toCardText(card: ShareCard): ShareCardText {
  const { storeName, label, shareNumber, shareCount, threshold, shareGeneration, deploymentShortId } = card
  const texts = formatShareCard(card)
  card.share.wipe()
  return { storeName, label, shareNumber, shareCount, threshold, shareGeneration, deploymentShortId, ...texts }
}

interface FinishRequest {
  readonly operatorPassword: string
  readonly rootUser?: string | undefined
  readonly rootSecret?: string | undefined
  readonly firstBucket?: string | undefined
  readonly encryptByDefault: boolean
}

/** The administrator comes last: whatever happens before can be repeated. */
async function finish(services: ConsoleServices, { operatorPassword, rootUser, rootSecret, firstBucket, encryptByDefault }: FinishRequest): Promise<OutputOf<'setup.finish'>> {
  const { store, signIn } = services
  openObjects(store)
  if ((await signIn.hasAdministrator()) === true) throw administratorExists()
  refuseWellKnown(operatorPassword, 'This password')
  const root = await chooseRoot(services, rootUser, rootSecret)
  if (openEncryption(store).fixedBy === undefined) await store.setEncryptByDefault(encryptByDefault)
  if (firstBucket !== undefined && (await openObjects(store).findBucket(firstBucket)) === undefined) await createBucket(store, firstBucket)
  await signIn.createAdministrator(operatorPassword)
  services.draft?.remove()
  return { root: { accessKeyId: root.accessKeyId, secretAccessKey: root.secret }, checklist: toChecklist(services), ...(firstBucket === undefined ? {} : { bucket: firstBucket }) }
}

/** As it is now, not as it was asked for. */
function toChecklist({ store, site, activity }: ConsoleServices): OutputOf<'setup.finish'>['checklist'] {
  const { keystore } = store.view()
  return {
    encrypted: store.encryption()?.encryptByDefault === true,
    provenShares: keystore?.provenShares ?? 0,
    shareCount: keystore?.current?.labels.length ?? 0,
    tls: site.endpoints().s3.startsWith('https:'),
    firstRequestSeen: activity.summary().secondsSinceLast !== undefined,
  }
}

async function chooseRoot(services: ConsoleServices, user: string | undefined, secret: string | undefined): Promise<RootCredentials> {
  const present = services.store.rootCredentials()
  return present !== undefined && user === undefined && secret === undefined ? present : replaceRoot(services, user, secret)
}

/** New credentials for the owner, in force when it resolves. Faults: weak-secret, wrong-state. */
export async function replaceRoot({ store, random }: ConsoleServices, user: string | undefined, secret: string | undefined): Promise<RootCredentials> {
  refuseKnownRoot(user, secret)
  const made = makeRootCredentials(random)
  const root = { accessKeyId: user ?? store.rootCredentials()?.accessKeyId ?? made.accessKeyId, secret: secret ?? made.secret }
  await store.replaceRootCredentials(root)
  return root
}

function refuseKnownRoot(user: string | undefined, secret: string | undefined): void {
  if (secret !== undefined) refuseWellKnown(secret, 'This S3 secret')
  if (user !== undefined && user === secret) throw new ConsoleError('weak-secret', 'User and secret are the same.', { hint: 'Leave the secret out to have one made.' })
}

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 20 and 40 characters; the secret from 240 random bits. */
function makeRootCredentials(random: RandomSource): RootCredentials {
  const id = [...random.bytes(18)].map((byte) => letters.charAt(byte % letters.length)).join('')
  return { accessKeyId: `CF${id}`, secret: formatBase64(random.bytes(30)).replaceAll('+', 'p').replaceAll('/', 's') }
}
