// What the system's list of mounts says, and which of them are offered as drives.
import { describe, expect, it } from 'vitest'
import { isWorthOffering, parseMountInfo } from '../../../src-main/appliance/mount-table.ts'

const lines = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '23 22 0:5 / /proc rw,nosuid - proc proc rw',
  '30 22 8:2 / /boot rw - ext4 /dev/sda2 rw',
  '31 22 8:17 / /mnt/my\\040drive\\303\\244 rw,noatime shared:7 - xfs /dev/sdb1 rw',
  '32 22 8:33 / /mnt/old ro,relatime - ext4 /dev/sdc1 rw',
  '33 22 8:49 / /mnt/broken rw - ext4 /dev/sdd1 ro,errors=remount-ro',
  '34 22 0:40 / /mnt/share rw - nfs4 server:/share rw',
  '35 22 8:65 / /mnt/twice rw - ext4 /dev/sde1 rw',
  '36 22 8:81 / /mnt/twice rw - btrfs /dev/sdf1 rw',
  '37 22 8:97 / /run/media/me/USB rw - ext4 /dev/sdg1 rw',
]

describe('the list of mounts', () => {
  it('gives nothing for lines that are none', () => {
    expect(parseMountInfo('')).toEqual([])
    expect(parseMountInfo('nonsense\n1 2 3\n - \n')).toEqual([])
  })

  it('is read with spaces and letters in paths, the last of two mounts at one place', () => {
    const mounts = parseMountInfo(lines.join('\n'))
    expect(mounts.find(({ fileSystem }) => fileSystem === 'xfs')).toEqual({ path: '/mnt/my driveä', fileSystem: 'xfs', readOnly: false })
    expect(mounts.filter(({ path }) => path === '/mnt/twice')).toEqual([{ path: '/mnt/twice', fileSystem: 'btrfs', readOnly: false }])
  })

  it('offers data drives: not the system, nothing read-only, no network', () => {
    expect(parseMountInfo(lines.join('\n')).filter(isWorthOffering).map(({ path }) => path)).toEqual(['/mnt/my driveä', '/mnt/twice', '/run/media/me/USB'])
  })
})
