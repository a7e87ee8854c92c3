// The secret stands at one marked place of the settings. It is filled in here, in the page: shown as dots, copied as the client reads it.
import { secretPlace } from '../../../src-main/contract/client-snippets.ts'
import type { ClientName } from '../../../src-main/contract/connect.ts'

export { secretPlace }

/** How text is quoted where the mark stands. */
const quotings: Readonly<Record<ClientName, 'shell' | 'python' | 'none'>> = {
  aws: 'shell',
  restic: 'shell',
  boto3: 'python',
  rclone: 'none',
  s3cmd: 'none',
  mc: 'none',
}

/** For the eye. */
export function maskSecret(text: string, dots: string): string {
  return text.replaceAll(secretPlace, () => dots)
}

/** For the clipboard or a file; without a secret the mark stays. Surrounding spaces of a paste are no part of it. */
export function fillSecret(client: ClientName, text: string, secret: string): string {
  const trimmed = secret.trim()
  return trimmed === '' ? text : text.replaceAll(secretPlace, () => quote(client, trimmed))
}

function quote(client: ClientName, secret: string): string {
  switch (quotings[client]) {
    case 'shell':
      return /^[\w/+=.@:-]+$/.test(secret) ? secret : `'${secret.replaceAll("'", `'\\''`)}'`
    case 'python':
      return secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
    case 'none':
      return secret
  }
}
