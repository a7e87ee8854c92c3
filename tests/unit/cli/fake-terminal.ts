// A person or script for the command line: answers in order, and everything that was shown.
import type { Terminal } from '../../../src-main/cli/index.ts'

export interface FakeTerminal extends Terminal {
  readonly questions: { readonly text: string; readonly hidden: boolean }[]
  /** Given in order; a function sees what was shown so far. Undefined: the person ends the input. */
  answers: (string | undefined | ((shown: string) => string))[]
  lines: string[]
  shown(): string
  errors(): string
  readonly cleared: { count: number }
}

export function fakeTerminal(isInteractive: boolean): FakeTerminal {
  let out = ''
  let errors = ''
  const terminal: FakeTerminal = {
    isInteractive,
    questions: [],
    answers: [],
    lines: [],
    cleared: { count: 0 },
    write: (text) => { out += text },
    writeError: (text) => { errors += text },
    async ask(question, options = {}) {
      terminal.questions.push({ text: question, hidden: options.hidden === true })
      if (terminal.answers.length === 0) throw new Error(`nobody answers: ${question}`)
      const answer = terminal.answers.shift()
      return typeof answer === 'function' ? answer(out) : answer
    },
    async *readLines() {
      yield* terminal.lines
    },
    clearScreen: () => { terminal.cleared.count++ },
    close: () => undefined,
    shown: () => out,
    errors: () => errors,
  }
  return terminal
}
