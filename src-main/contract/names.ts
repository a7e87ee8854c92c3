// Texts that people choose, with their limits; used by several areas.
import { z } from 'zod'

/** Becomes a host name with `.local`: letters, digits and hyphens, no hyphen at either end. */
export const storeName = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?$/, 'a name has 1 to 40 letters, digits and hyphens, and no hyphen at the ends')
export const drivePath = z.string().min(1).max(4096)
/** S3's rules are applied by the object layer; here only the size. */
export const bucketName = z.string().min(1).max(255)
/** S3's key: 1 to 1024 bytes of UTF-8; the object layer counts the bytes. */
export const objectName = z.string().min(1).max(1024)
export const uploadId = z.string().min(1).max(128)
export const shareLabel = z.string().max(100).regex(/^\P{Cc}*$/u, 'a label has no control characters')
/** S3 access key id. */
export const accessKeyId = z.string().regex(/^[A-Za-z0-9_.@+-]{3,128}$/, 'a user has 3 to 128 letters, digits and _ . @ + -')
export const secretAccessKey = z.string().regex(/^[\x21-\x7e]{8,128}$/, 'a secret has 8 to 128 printable ASCII characters and no spaces')
export const operatorPassword = z.string().min(10, 'a password has at least 10 characters').max(256, 'a password has at most 256 characters')
