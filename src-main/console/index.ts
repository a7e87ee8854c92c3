// Door of the console.
export { openConsole } from './console.ts'
export type { Console, ConsoleParts } from './console.ts'
export type { LocalReply, LocalRequest } from './local-requests.ts'
export type { DispatchReply } from './dispatch.ts'
export type {
  CertificatePort, CertificateStatus, CheckedDrive, CreateRequest, DraftPort, DriveCandidate, DriveLayout, EncryptionDefault, NetworkFacts, RootCredentials, SitePort, StartStage, StoreLifecycle, StorePort, StoreView,
} from './ports.ts' // prettier-ignore
export { ConsoleError } from './errors.ts'
export { openLocalSocket } from './local-socket.ts'
export type { LocalSocket } from './local-socket.ts'
export { lockStateFolder, LocalAccessError } from './state-lock.ts'
export type { LocalAccessFault, StateLock } from './state-lock.ts'
export type { ClientActivity, FinishedRequest } from './client-activity.ts'
