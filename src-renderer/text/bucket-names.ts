// What is wrong with a name for a bucket, in words; the rules are the object layer's own.
import { findBucketNameFault, type BucketNameFault } from '../../src-main/objects/rules/bucket-name.ts'

const words: Readonly<Record<BucketNameFault, string>> = {
  'bad-character': 'Only lower-case letters a–z, digits, dots and hyphens.',
  'too-short': 'At least 3 characters.',
  'too-long': 'At most 63 characters.',
  'bad-end': 'It begins and ends with a letter or a digit.',
  'bad-dots': 'No two dots in a row, and no hyphen beside a dot.',
  'ip-address': 'A name can’t look like an IP address.',
  reserved: 'This name is kept for other uses. Choose another.',
}

export const bucketNameHint = '3 to 63 lower-case letters, digits, dots and hyphens, for example: backups-pc1'

/** Undefined: a good name. */
export function describeBucketNameFault(name: string): string | undefined {
  const fault = findBucketNameFault(name)
  return fault === undefined ? undefined : words[fault]
}

/** A name close to what was typed that fits; undefined when nothing is left of it, or it fits already. */
export function suggestBucketName(name: string): string | undefined {
  const suggestion = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, (other) => (/^\p{M}+$/u.test(other) ? '' : '-'))
    .replaceAll(/[.-]{2,}/g, '-')
    .slice(0, 63)
    .replaceAll(/^[.-]+|[.-]+$/g, '')
  return suggestion !== name && findBucketNameFault(suggestion) === undefined ? suggestion : undefined
}
