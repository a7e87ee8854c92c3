// Shape and tone of a drive's state: never colour alone; red only where it does not serve.
import type { IconName } from '../../ui/icon/icons.ts'
import type { DriveStateName } from '../../text/drives.ts'

export interface DriveLook {
  readonly icon: IconName
  readonly tone: 'ok' | 'accent' | 'attention' | 'critical'
}

export const driveLooks: Readonly<Record<DriveStateName, DriveLook>> = {
  ok: { icon: 'circle-check', tone: 'ok' },
  healing: { icon: 'refresh', tone: 'accent' },
  full: { icon: 'triangle', tone: 'attention' },
  'read-only': { icon: 'triangle', tone: 'attention' },
  'out-of-service': { icon: 'octagon', tone: 'critical' },
  missing: { icon: 'octagon', tone: 'critical' },
  damaged: { icon: 'octagon', tone: 'critical' },
}
