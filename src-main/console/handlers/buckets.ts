// Area buckets, over the object layer, which knows S3's rules for names.
import { ConsoleError } from '../errors.ts'
import type { ConsoleServices, Handlers } from '../call-context.ts'
import type { BucketListing } from '../../contract/buckets.ts'
import type { EncryptionDefault, StorePort } from '../ports.ts'

export function bucketHandlers({ store }: ConsoleServices): Handlers<'buckets.list' | 'buckets.create' | 'buckets.delete'> {
  return {
    'buckets.list': async () => {
      const encryption = describeBucketEncryption(store)
      return { buckets: (await openObjects(store).listBuckets()).map(({ name, createdMs }) => ({ name, createdMs, encryption })) }
    },
    'buckets.create': async ({ name }) => ({ bucket: await createBucket(store, name) }),
    'buckets.delete': async ({ name }) => {
      await openObjects(store).deleteBucket(name)
      return {}
    },
  }
}

export async function createBucket(store: StorePort, bucketName: string): Promise<{ name: string; createdMs: number }> {
  const { name, createdMs } = await openObjects(store).createBucket(bucketName)
  return { name, createdMs }
}

function describeBucketEncryption(store: StorePort): BucketListing['encryption'] {
  const { encryptByDefault, keyName } = openEncryption(store)
  return { mode: encryptByDefault ? 'SSE-S3' : 'none', keyName }
}

/** Faults: sealed, not-serving. */
export function openEncryption(store: StorePort): EncryptionDefault {
  openObjects(store)
  const encryption = store.encryption()
  if (encryption === undefined) throw new ConsoleError('sealed', 'The store is sealed, so this is not possible now.', { hint: 'Open it with: coffer unseal' })
  return encryption
}

/** Faults: sealed, not-serving. */
export function openObjects(store: StorePort): NonNullable<ReturnType<StorePort['objects']>> {
  const objects = store.objects()
  if (objects !== undefined) return objects
  switch (store.view().lifecycle.state) {
    case 'fresh':
      throw new ConsoleError('not-serving', 'There is no store yet.', { hint: 'Run: coffer setup' })
    case 'starting':
      throw new ConsoleError('not-serving', 'The store is still starting.', { hint: 'Try again in a moment.', retryAfterSeconds: 2 })
    case 'failed':
    case 'stopped':
      throw new ConsoleError('not-serving', 'The store could not start.', { hint: 'Look at: coffer status' })
    default:
      throw new ConsoleError('sealed', 'The store is sealed, so this is not possible now.', { hint: 'Open it with: coffer unseal' })
  }
}
