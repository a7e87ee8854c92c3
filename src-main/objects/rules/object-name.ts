// Which names an object may have: 1 to 1024 bytes of UTF-8 without NUL. Nothing else is special: `a//b`, `a/`, `.` and `..` are names.
// Nothing is imported: the page checks with the same rules before it sends.

export const objectNameSizeMax = 1024

/** Undefined: a good name. */
export function findNameFault(name: string): 'invalid-object-name' | 'object-name-too-long' | undefined {
  if (name === '' || name.includes('\0') || !name.isWellFormed()) return 'invalid-object-name'
  // A UTF-16 unit is at most three bytes of UTF-8, so short names need no counting.
  if (name.length * 3 > objectNameSizeMax && new TextEncoder().encode(name).length > objectNameSizeMax) return 'object-name-too-long'
  return undefined
}
