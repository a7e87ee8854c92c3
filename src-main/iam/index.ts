// Door of iam.
export type { AccessDecision, AccessKey, AccessKeys, DecideAccess, AccessRequest } from './access.ts'
export { decideAccess } from './access.ts'
export { createRootAccessKeys, IamError, type IamFault, type RootAccessKeys, type RootCredentials } from './root-access-keys.ts'
