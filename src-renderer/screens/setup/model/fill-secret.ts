// Puts the secret into settings that were made without it. Pure.
const secretPlace = 'YOUR-SECRET-KEY'

export function fillSecret(settings: string, secret: string): string {
  // A function, so that no character of the secret has a meaning.
  return settings.replaceAll(secretPlace, () => secret)
}
