// How values are written for people: sizes in decimal units, tidy tables, nothing that could steer a terminal.

/** Control characters become a sign that something was there: names of folders may hold anything. */
export function toPlainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\uFFFD')
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1500 → `1.5 kB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`
}

/** `1 drive`, `2 drives`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Columns as wide as their widest cell; numbers (columns named in `right`) to the right; no trailing spaces. */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[], right: readonly string[] = []): string {
  const cells = [heads, ...rows].map((row) => row.map(toPlainText))
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)))
  const pad = (text: string, column: number): string => {
    const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...text].length))
    return right.includes(heads[column] ?? '') ? space + text : text + space
  }
  return cells.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}

/** `Name   value` lines with the values under each other. */
export function formatFacts(facts: readonly (readonly [string, string])[], indent = '  '): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 3
  return facts.map(([name, value]) => `${indent}${name.padEnd(width)}${toPlainText(value)}\n`).join('')
}
