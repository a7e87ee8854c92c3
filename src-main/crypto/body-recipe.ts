// What is to be done to a body on its way to the drives or back: plain data, no code. The object layer names it, the storage engine
// adds its own stages, the codec pool runs them all in one trip. Storage never keeps a part key; it only hands the recipe on.

export const digestAlgorithms = ['md5', 'sha256', 'sha1', 'crc32', 'crc32c', 'crc64nvme'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** Raw digests, big-endian for the CRCs (4, 4 and 8 bytes), as S3 writes them before base64. */
export type Digests = { readonly [Algorithm in DigestAlgorithm]?: Uint8Array }

/** How one part is encrypted: see encrypted-stream.ts. Both are secrets of one part; `streamNonce` is fresh per upload of a part. */
export interface PartEncryption {
  /** 32 bytes, AES-256. */
  readonly partKey: Uint8Array
  /** 12 bytes, random per stream; the top bit is overwritten by the final-package mark. */
  readonly streamNonce: Uint8Array
}

export interface WriteRecipe {
  /** Digests of the plain bytes. */
  readonly digests: readonly DigestAlgorithm[]
  /** Absent: stored as it came. */
  readonly encryption?: PartEncryption
}

export interface ReadRecipe {
  readonly encryption?: PartEncryption
}
