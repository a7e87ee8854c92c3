// How a file is cut: small ones go as one request, larger ones as parts that can be paused, repeated and sent side by side.
const mib = 1024 * 1024

/** Up to here one PUT. */
export const wholeSizeMaxBytes = 8 * mib
export const partSizeMinBytes = 8 * mib
/** Larger parts only where a file would otherwise need more than `partCountMax`. */
export const partSizeUsualMaxBytes = 64 * mib
export const partCountMax = 10_000
/** S3's largest object. */
export const objectSizeMaxBytes = 5 * 1024 * 1024 * mib
/** So many parts a file is cut into before they grow: enough to show progress and to lose little by a repeat. */
const partCountWanted = 200

export type UploadPlan =
  { readonly kind: 'whole' } | { readonly kind: 'parts'; readonly partSizeBytes: number; readonly partCount: number } | { readonly kind: 'too-large' }

/** Parts are of one size, whole MiB, except the last. */
export function chooseUploadPlan(sizeBytes: number): UploadPlan {
  if (sizeBytes > objectSizeMaxBytes) return { kind: 'too-large' }
  if (sizeBytes <= wholeSizeMaxBytes) return { kind: 'whole' }
  const wanted = Math.ceil(sizeBytes / partCountWanted / mib) * mib
  const needed = Math.ceil(sizeBytes / partCountMax / mib) * mib
  const partSizeBytes = Math.max(Math.min(Math.max(wanted, partSizeMinBytes), partSizeUsualMaxBytes), needed)
  return { kind: 'parts', partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) }
}

/** Where part `part` (from 1) begins and ends. */
export function toPartRange(partSizeBytes: number, part: number, sizeBytes: number): { readonly begin: number; readonly end: number } {
  const begin = (part - 1) * partSizeBytes
  return { begin, end: Math.min(begin + partSizeBytes, sizeBytes) }
}
