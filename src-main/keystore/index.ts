// Door of keystore: the embedded, Vault-like keystore. Sealed until a threshold of shares opens it.
export { openKeystore } from './keystore.ts'
export type { KeystoreParts } from './keystore.ts'
export { KeystoreError } from './keystore-error.ts'
export type { KeystoreFault } from './keystore-error.ts'
export type {
  InitialiseRequest, KeyStatus, Keystore, KeystoreState, KeystoreStatus, ShareCheckResult, ShareRefusal, ShareSetStatus, ShareVerdict,
} from './keystore-types.ts' // prettier-ignore
export type { DerivedKeys } from './barrier/keyring.ts'
export type { NamedKeyInfo, NamedKeys } from './named-keys.ts'
export { isKeyName } from './named-keys.ts'
export { formatShareCard, groupsOfFour, toDeploymentShortId } from './format/share-card.ts'
export type { ShareCard, ShareTexts } from './format/share-card.ts'
export { parseShareInput } from './seal/share-input.ts'
export type { ParsedShareInput, ShareForm, ShareLookalike } from './seal/share-input.ts'
export type { SharesWanted } from './seal/shamir-seal.ts'
export { checkSharesWanted } from './seal/shamir-seal.ts'
export { attemptIdleMs } from './seal/unseal-attempt.ts'
