// Mounted file systems as the system lists them, for offering drives. Linux: /proc/self/mountinfo (proc(5)); macOS: folders of /Volumes.
// Pure but for reading that list.
import { readdirSync, readFileSync } from 'node:fs'

export interface Mount {
  readonly path: string
  /** `ext4`, `xfs` …; empty where the system does not say. */
  readonly fileSystem: string
  readonly readOnly: boolean
}

/** File systems that keep files on a drive of this machine and sync them. */
const driveFileSystems = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'bcachefs', 'nilfs2', 'apfs', 'hfsplus', 'ntfs3'])
const mountsMax = 4096

export function listMounts(platform: NodeJS.Platform = process.platform): readonly Mount[] {
  try {
    if (platform === 'linux') return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
    if (platform === 'darwin') return readdirSync('/Volumes').map((name) => ({ path: `/Volumes/${name}`, fileSystem: '', readOnly: false }))
  } catch {
    // No list: drives are named by their paths.
  }
  return []
}

/** Of several mounts at one place only the last is seen. */
export function parseMountInfo(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>()
  for (const line of text.split('\n').slice(0, mountsMax)) {
    const [before = '', after] = line.split(' - ', 2)
    const [, , , , path, options = ''] = before.split(' ')
    const [fileSystem = '', , superOptions = ''] = (after ?? '').split(' ')
    if (after === undefined || path === undefined) continue
    mounts.delete(path)
    mounts.set(path, { path: unescapeOctal(path), fileSystem, readOnly: isReadOnly(options) || isReadOnly(superOptions) })
  }
  return [...mounts.values()]
}

/** Whether a mount could hold a drive of the store: a file system of a drive, for data, and not the system's own. */
export function isWorthOffering({ path, fileSystem, readOnly }: Mount): boolean {
  if (readOnly || path === '/' || /^\/(?:boot|efi|proc|sys|dev|etc|usr|snap|run\/(?!media\/))(?:\/|$)/.test(path)) return false
  return fileSystem === '' || driveFileSystems.has(fileSystem)
}

function isReadOnly(options: string): boolean {
  return options.split(',').includes('ro')
}

/** Spaces and the like are `\040`: bytes, so that UTF-8 comes back whole. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/(?:\\[0-7]{3})+/g, (escaped) => Buffer.from(escaped.slice(1).split('\\').map((digits) => Number.parseInt(digits, 8))).toString('utf8'))
}
