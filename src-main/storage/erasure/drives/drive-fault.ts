// What the system says about a drive, in the drive's own words. The only place where errno codes are read.
import { DriveError } from './drive-connection.ts'
import type { DriveFault } from './drive-protocol.ts'
import { FormatError } from '../format/format-error.ts'

export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
}

/** Something may be read but not written. */
export function isReadOnlyError(error: unknown): boolean {
  return isSystemError(error) && faultOf(error.code) === 'read-only'
}

function faultOf(code: string): DriveFault {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'full'
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'read-only'
    case 'ENODEV':
    case 'ENOTCONN':
    case 'ENXIO':
    case 'ESTALE':
      return 'gone'
    default:
      return 'io-error'
  }
}

/** A DriveError for a failure of the system or of a decoder; anything else (a bug, a simulated crash) as it is. */
export function toDriveError(error: unknown): unknown {
  if (error instanceof DriveError) return error
  if (error instanceof FormatError) return new DriveError(error.fault === 'damaged' ? 'damaged' : 'foreign', error.message, error.details, error)
  if (isSystemError(error)) return new DriveError(faultOf(error.code), 'the drive did not do what was asked', { code: error.code }, error)
  return error
}

/** For one damaged or unreadable place among many: whether the rest of the drive may well be readable. */
export function isReadError(error: unknown): boolean {
  return isSystemError(error) && faultOf(error.code) === 'io-error'
}
