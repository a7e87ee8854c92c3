// Area connect: the settings of one client, with everything filled in but the secret.
import { clientSnippets, formatSnippet, formatTrustSteps, type SnippetFacts } from '../../contract/client-snippets.ts'
import { ConsoleError } from '../errors.ts'
import type { ConsoleServices, Handlers } from '../call-context.ts'
import { openObjects } from './buckets.ts'

export function connectHandlers({ store, site, certificates }: ConsoleServices): Handlers<'connect.settings'> {
  return {
    'connect.settings': ({ client, bucket }, { caller }) => {
      openObjects(store)
      // It goes into text for a shell: only what can be a bucket name may.
      if (bucket !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
        throw new ConsoleError('bad-bucket-name', 'This is not a bucket name.', { hint: 'Use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit.' })
      }
      const { s3, console } = site.endpoints()
      const status = certificates?.status()
      const needsAuthority = s3.startsWith('https:') && status?.kind === 'lan-authority'
      const facts: SnippetFacts = {
        endpoint: s3,
        region: site.region,
        accessKeyId: store.rootCredentials()?.accessKeyId ?? '',
        bucket,
        caFile: needsAuthority ? (caller.kind === 'local' ? site.authorityFile : 'coffer-ca.crt') : undefined,
        consoleUrl: console,
        fingerprint: status?.authorityFingerprint ?? '',
      }
      const { title, file } = clientSnippets[client]
      return {
        client, title, trust: formatTrustSteps(facts), text: formatSnippet(client, facts), endpoint: s3, region: site.region, accessKeyId: facts.accessKeyId,
        ...(file === undefined ? {} : { file }),
      }
    },
  }
}
