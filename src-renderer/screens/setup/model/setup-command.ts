// The same choices as a command for the machine itself. Pure.
interface Choices {
  readonly name: string
  readonly drives: readonly string[]
  /** Undefined: the engine decides. */
  readonly chosenParity: number | undefined
  readonly shares: number
  readonly threshold: number
}

export function setupCommand({ name, drives, chosenParity, shares, threshold }: Choices): string {
  const parts = [
    'coffer setup',
    `--name ${quote(name)}`,
    ...drives.map((drive) => `--drive ${quote(drive)}`),
    ...(chosenParity === undefined ? [] : [`--parity ${chosenParity}`]),
    `--shares ${shares}`,
    `--threshold ${threshold}`,
  ]
  return parts.join(' \\\n  ')
}

function quote(text: string): string {
  return /^[\w/.:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
