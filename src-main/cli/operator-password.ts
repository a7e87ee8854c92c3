// Where the console's password comes from: a file, a person, or made here. Never an argument.
import { readFileSync } from 'node:fs'
import { systemRandom } from '../base/random.ts'
import { CliError } from './cli-error.ts'
import type { Terminal } from './terminal.ts'

const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const lengthMin = 10

export interface ChosenPassword {
  readonly password: string
  /** Made here: it has to be shown. */
  readonly wasMade: boolean
}

/** Faults: file, usage. */
export async function chooseOperatorPassword(terminal: Terminal, json: boolean, file: string | undefined): Promise<ChosenPassword> {
  if (file !== undefined) return { password: readFirstLine(file), wasMade: false }
  if (json || !terminal.isInteractive) return { password: makePassword(), wasMade: true }
  for (;;) {
    const first = (await terminal.ask('Password for the console (hidden; empty to have one made): ', { hidden: true })) ?? ''
    if (first === '') return { password: makePassword(), wasMade: true }
    if (first.length < lengthMin) {
      terminal.write(`  It needs at least ${lengthMin} characters.\n`)
      continue
    }
    const second = await terminal.ask('Once more: ', { hidden: true })
    if (first === second) return { password: first, wasMade: false }
    terminal.write('  They differ.\n')
  }
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, 1024).split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    throw new CliError('file', `The password file ${file} can't be read.`, 'Its first line is taken as the password.', { cause: error })
  }
}

/** 20 letters and digits that are not mixed up, in groups: about 98 bits. Bytes past a whole number of alphabets are drawn again. */
function makePassword(): string {
  const limit = 256 - (256 % letters.length)
  let text = ''
  while (text.length < 20) {
    const byte = systemRandom.bytes(1)[0] ?? 255
    if (byte < limit) text += letters.charAt(byte % letters.length)
  }
  return text.match(/.{5}/g)?.join('-') ?? text
}
