// What can be set about the S3 edge, with its defaults.

export interface S3Settings {
  /** The region clients sign for. */
  readonly region: string
  /** Domains whose sub-domains are bucket names; empty: path style only. */
  readonly domains: readonly string[]
  /** Further requests get 503 SlowDown. */
  readonly requestsInFlightMax: number
  /** Names, values and line ends of the request's headers. */
  readonly headerBlockSizeMax: number
  /** A peer that neither sends nor takes bytes for so long while we wait for it is given up. */
  readonly idleTimeoutMs: number
  /** A client whose request was refused has so long to finish sending it, and to read the answer, before the connection is closed. */
  readonly lingerMs: number
  /** After so long a Complete or Copy begins its reply and sends spaces. */
  readonly patienceMs: number
  /** 64 hex digits, shown as the owner of everything. */
  readonly ownerId: string
  /** x-amz-id-2 and HostId: names this store, tells nothing. */
  readonly hostId: string
}

export const defaultS3Settings: S3Settings = {
  region: 'us-east-1',
  domains: [],
  requestsInFlightMax: 1024,
  headerBlockSizeMax: 8192,
  idleTimeoutMs: 30_000,
  lingerMs: 2000,
  patienceMs: 10_000,
  ownerId: '3a1f6bbd2b1c4c0f8d8e0f3b5c7a9e11d4f6028a7c9b3e5f1a2d4c6e8f0b1d3f',
  hostId: 'coffer',
}
