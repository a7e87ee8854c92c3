// x-amz-copy-source: /bucket/name[?versionId=…], percent-encoded, leading slash optional, `+` literal.
import type { ObjectAddress } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { decodePercent } from './percent.ts'

const versionMark = '?versionId='

/** Faults: invalid-argument. */
export function parseCopySource(value: string): ObjectAddress {
  const mark = value.lastIndexOf(versionMark)
  const path = decodePercent(mark < 0 ? value : value.slice(0, mark), false)
  const versionId = mark < 0 ? '' : decodePercent(value.slice(mark + versionMark.length), false)
  if (path === undefined || versionId === undefined) throw invalid()
  const plain = path.startsWith('/') ? path.slice(1) : path
  const slash = plain.indexOf('/')
  if (slash <= 0 || slash === plain.length - 1 || plain.includes('\0')) throw invalid()
  const address = { bucket: plain.slice(0, slash), name: plain.slice(slash + 1) }
  return versionId === '' ? address : { ...address, versionId }
}

const invalid = (): Error =>
  refusal('invalid-argument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', { argumentName: 'x-amz-copy-source' })
