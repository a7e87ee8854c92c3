// A command: what it is called, what its help says, which flags it takes, what it does.
import type { ParseArgsOptionDescriptor } from 'node:util'
import type { CallProcedure } from '../contract/procedures.ts'
import { usageError } from './cli-error.ts'
import type { Terminal } from './terminal.ts'

export type FlagKinds = Readonly<Record<string, ParseArgsOptionDescriptor>>

export interface CommandContext {
  readonly flags: Flags
  readonly positionals: readonly string[]
  /** Results as JSON, nothing else on standard output, no questions. */
  readonly json: boolean
  readonly call: CallProcedure
  readonly terminal: Terminal
  /** Default name of a new store. */
  readonly hostName: string
}

export interface Command {
  /** As typed, for example `bucket create`. */
  readonly name: string
  readonly summary: string
  /** Everything after the first line of its help. */
  readonly help: string
  /** After the name in the usage line. */
  readonly usage: string
  readonly flags: FlagKinds
  readonly positionals: { readonly min: number; readonly max: number; readonly what: string }
  /** The exit code. */
  run(context: CommandContext): Promise<number>
}

export const noPositionals = { min: 0, max: 0, what: '' }

/** Parsed flags with their kinds checked. */
export class Flags {
  readonly #command: string
  readonly #values: Readonly<Record<string, unknown>>

  constructor(command: string, values: Readonly<Record<string, unknown>>) {
    this.#command = command
    this.#values = values
  }

  isOn(name: string): boolean {
    return this.#values[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  /** Faults: usage. */
  whole(name: string, min: number, max: number): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : parseWhole(text, `--${name}`, min, max, this.#command)
  }
}

/** Faults: usage. */
export function parseWhole(text: string, what: string, min: number, max: number, command: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number) || number < min || number > max) throw usageError(`${what} is a whole number from ${min} to ${max}.`, command)
  return number
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.write(`${JSON.stringify(value, undefined, terminal.isInteractive ? 2 : undefined)}\n`)
}
