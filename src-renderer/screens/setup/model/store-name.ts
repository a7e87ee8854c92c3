// The store's name while somebody types. Pure.
import { storeName } from '../../../../src-main/contract/names.ts'

export const storeNameMax = 40

export function isStoreName(name: string): boolean {
  return storeName.safeParse(name).success
}

/** The nearest name that can be used; undefined when nothing is left of it. */
export function suggestStoreName(typed: string): string | undefined {
  const name = typed
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, storeNameMax)
    .replaceAll(/^-+|-+$/g, '')
  return isStoreName(name) ? name : undefined
}
