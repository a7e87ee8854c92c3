// How many shares, and how many open the store: what can't be, and what should be thought about. Pure; the keystore decides.
export const sharesMax = 20

export interface SharePreset {
  readonly name: 'just-me' | 'household' | 'office'
  readonly shares: number
  readonly threshold: number
}

export const sharePresets: readonly SharePreset[] = [
  { name: 'just-me', shares: 2 + 1, threshold: 2 },
  { name: 'household', shares: 4, threshold: 2 },
  { name: 'office', shares: 5, threshold: 3 },
]

export type PresetName = SharePreset['name'] | 'own'

/** `own`: none of the presets. */
export function presetOf(shares: number, threshold: number): PresetName {
  return sharePresets.find((preset) => preset.shares === shares && preset.threshold === threshold)?.name ?? 'own'
}

export type ShareNumbersFault = 'shares-range' | 'threshold-range' | 'threshold-above-shares' | 'one-of-many'
export type ShareNumbersWarning = 'single' | 'no-spare'

export function shareNumbersFault(shares: number, threshold: number): ShareNumbersFault | undefined {
  if (!Number.isInteger(shares) || shares < 1 || shares > sharesMax) return 'shares-range'
  if (!Number.isInteger(threshold) || threshold < 1) return 'threshold-range'
  if (threshold > shares) return 'threshold-above-shares'
  if (threshold === 1 && shares > 1) return 'one-of-many'
  return undefined
}

export function shareNumbersWarning(shares: number, threshold: number): ShareNumbersWarning | undefined {
  if (shares === 1) return 'single'
  return shares === threshold ? 'no-spare' : undefined
}
