// Who may do what. For now one identity exists, the owner (root credentials), who may do everything; anonymous callers may do
// nothing. Every request passes here, so that policies later change this file and no edge.
import type { KeyObject } from 'node:crypto'

export interface AccessKey {
  readonly accessKeyId: string
  /** HMAC key of the text `AWS4` + secret: the secret itself is not kept. */
  readonly signingSeed: KeyObject
  readonly isRoot: boolean
}

export interface AccessKeys {
  /** Undefined: unknown or disabled. */
  findAccessKey(accessKeyId: string): AccessKey | undefined
}

export interface AccessRequest {
  /** Undefined: anonymous. */
  readonly accessKey: AccessKey | undefined
  /** For example `s3:PutObject`. */
  readonly action: string
  readonly bucket: string | undefined
  readonly objectName: string | undefined
}

export type AccessDecision = 'allow' | 'deny'
export type DecideAccess = (request: AccessRequest) => AccessDecision

export const decideAccess: DecideAccess = (request) => (request.accessKey?.isRoot === true ? 'allow' : 'deny')
