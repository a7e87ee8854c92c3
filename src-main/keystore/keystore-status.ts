// What can be told about the keystore, from the seal record and the attempt under way. Nothing in it is secret.
import type { SealRecordHead, ShareSet } from './format/seal-record.ts'
import { toDeploymentShortId } from './format/share-card.ts'
import type { KeystoreStatus, ShareSetStatus } from './keystore-types.ts'
import type { UnsealAttempt } from './seal/unseal-attempt.ts'

export function describeStatus(head: SealRecordHead | undefined, isOpen: boolean, attempt: UnsealAttempt | undefined): KeystoreStatus {
  if (head === undefined) return nothingYet
  return {
    state: isOpen ? 'unsealed' : head.provenAtMs === 0 ? 'unverified' : 'sealed',
    deploymentId: head.deploymentId,
    deploymentShortId: toDeploymentShortId(head.deploymentId),
    storeName: head.storeName,
    createdAtMs: head.createdAtMs,
    provenAtMs: head.provenAtMs === 0 ? undefined : head.provenAtMs,
    provenShares: head.provenShares,
    sealRecordGeneration: head.generation,
    current: describeSet(head.current, attempt),
    pending: head.pending === undefined ? undefined : describeSet(head.pending, attempt),
    attempt: attempt === undefined ? undefined : { nonce: attempt.nonce, code: attempt.code },
  }
}

const nothingYet: KeystoreStatus = {
  state: 'uninitialised',
  deploymentId: '',
  deploymentShortId: '',
  storeName: '',
  createdAtMs: 0,
  provenAtMs: undefined,
  provenShares: 0,
  sealRecordGeneration: 0,
  current: undefined,
  pending: undefined,
  attempt: undefined,
}

function describeSet(set: ShareSet, attempt: UnsealAttempt | undefined): ShareSetStatus {
  const labels = set.shares.map((share) => share.label)
  const collected = (attempt?.shares.shareNumbers(set.generation) ?? []).map((shareNumber) => ({ shareNumber, label: labels[shareNumber - 1] ?? '' }))
  return { shareGeneration: set.generation, threshold: set.threshold, issuedAtMs: set.issuedAtMs, labels, progress: collected.length, collected }
}
