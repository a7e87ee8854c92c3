// Which device a folder is on: the whole drive, not the partition, so that two partitions of one drive are told as one. Linux says it
// under /sys; elsewhere, and for file systems without a block device, the file system itself is the device.
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const layersMax = 8

/** `deviceId`: st_dev of the folder. `blocks`: where the system lists its block devices. */
export function deviceOf(deviceId: number, blocks = '/sys/dev/block'): string {
  try {
    return driveUnder(realpathSync(join(blocks, formatDeviceNumber(deviceId))), layersMax)
  } catch {
    return `fs-${deviceId}`
  }
}

/** `major:minor`, as Linux packs them into st_dev. */
export function formatDeviceNumber(deviceId: number): string {
  const id = BigInt(deviceId)
  const major = ((id >> 8n) & 0xfffn) | ((id >> 32n) & 0xfffff000n)
  const minor = (id & 0xffn) | ((id >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}

/** A partition stands for its drive, a mapped device (LVM, encryption) over exactly one other for that one. */
function driveUnder(place: string, layersLeft: number): string {
  if (existsSync(join(place, 'partition'))) return basename(dirname(place))
  const slaves = join(place, 'slaves')
  const members = existsSync(slaves) ? readdirSync(slaves) : []
  const only = members.length === 1 ? members[0] : undefined
  return only === undefined || layersLeft === 0 ? basename(place) : driveUnder(realpathSync(join(slaves, only)), layersLeft - 1)
}
