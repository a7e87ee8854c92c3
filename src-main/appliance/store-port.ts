// The core as the console sees it.
import type { StorePort } from '../console/index.ts'
import type { ApplianceCore } from './appliance.ts'

export function toStorePort(core: ApplianceCore): StorePort {
  return {
    view: () => core.view(),
    watch: (listener) => core.watch(listener),
    health: () => core.health(),
    driveFacts: () => core.driveFacts(),
    objects: () => core.objects(),
    secrets: () => core.secrets('console/'),
    findDrives: () => core.findDrives(),
    layOut: (paths, parity) => core.layOut(paths, parity),
    checkDrives: (paths) => core.checkDrives(paths),
    create: (request) => core.create(request),
    startOver: () => core.startOver(),
    submitShare: (share) => core.submitShare(share),
    resetAttempt: () => core.resetAttempt(),
    seal: () => core.seal(),
    encryption: () => core.encryption(),
    setEncryptByDefault: (encryptByDefault) => core.setEncryptByDefault(encryptByDefault),
    rootCredentials: () => core.rootCredentials(),
    replaceRootCredentials: (credentials) => core.replaceRootCredentials(credentials),
  }
}
