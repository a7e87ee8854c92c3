// The person or script at the other end: text out, answers and lines in. Tests bring their own.
import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

export interface AskOptions {
  /** Nothing typed is shown. */
  readonly hidden?: boolean
  /** Lines that were pasted together with the last answer are taken first; otherwise they are dropped. */
  readonly takesPasted?: boolean
}

export interface Terminal {
  /** A person can be asked. */
  readonly isInteractive: boolean
  write(text: string): void
  writeError(text: string): void
  /** One line, without its end; undefined when the person ended the input. */
  ask(question: string, options?: AskOptions): Promise<string | undefined>
  /** The lines of a standard input that is no terminal, at most `linesMax`. */
  readLines(linesMax: number): AsyncIterable<string>
  /** Also what was scrolled away. */
  clearScreen(): void
  /** Lets go of the keyboard. */
  close(): void
}

const lineSizeMax = 16_384
const pastedLinesMax = 256

export function openTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream, errors: NodeJS.WriteStream): Terminal {
  const keyboard = new Keyboard(input, output)
  return {
    isInteractive: input.isTTY && output.isTTY,
    write: (text) => { output.write(text) },
    writeError: (text) => { errors.write(text) },
    ask: (question, options = {}) => keyboard.ask(question, options),
    readLines: (linesMax) => readLines(input, linesMax),
    clearScreen: () => {
      if (output.isTTY) output.write('\u001b[2J\u001b[3J\u001b[H')
    },
    close: () => { keyboard.close() },
  }
}

/** One reader for all questions, so that what is pasted in several lines is not lost between them. */
class Keyboard {
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  #reader: Interface | undefined
  /** Also between questions: what is pasted in several lines arrives there. */
  #isHidden = true
  #pasted: string[] = []
  #answer: ((line: string | undefined) => void) | undefined

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#input = input
    this.#output = output
  }

  ask(question: string, { hidden = false, takesPasted = false }: AskOptions): Promise<string | undefined> {
    const waiting = takesPasted ? this.#pasted.shift() : undefined
    if (waiting !== undefined) return Promise.resolve(waiting)
    this.#pasted = []
    const reader = this.#open()
    return new Promise((resolve) => {
      this.#answer = (line) => {
        this.#answer = undefined
        if (hidden || line === undefined) this.#output.write('\n')
        this.#isHidden = true
        resolve(line)
      }
      this.#isHidden = false
      reader.setPrompt(question)
      reader.prompt()
      // From now on nothing is drawn; the prompt was.
      this.#isHidden = hidden
    })
  }

  close(): void {
    this.#pasted = []
    this.#reader?.close()
  }

  #open(): Interface {
    if (this.#reader !== undefined) return this.#reader
    const screen = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#isHidden) this.#output.write(chunk)
        done()
      },
    })
    Object.defineProperty(screen, 'columns', { get: () => this.#output.columns })
    const reader = createInterface({ input: this.#input, output: screen, terminal: true, historySize: 0 })
    reader.on('line', (line) => {
      if (this.#answer !== undefined) this.#answer(line)
      else if (this.#pasted.length < pastedLinesMax) this.#pasted.push(line)
    })
    reader.on('SIGINT', () => { reader.close() })
    reader.on('close', () => {
      this.#reader = undefined
      this.#answer?.(undefined)
    })
    this.#reader = reader
    return reader
  }
}

async function* readLines(input: NodeJS.ReadStream, linesMax: number): AsyncGenerator<string> {
  let rest = ''
  let lines = 0
  input.setEncoding('utf8')
  for await (const chunk of input) {
    rest += String(chunk)
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.slice(0, end).replace(/\r$/, '')
      rest = rest.slice(end + 1)
      if (++lines >= linesMax) return
    }
    if (rest.length > lineSizeMax) return
  }
  if (rest !== '') yield rest
}
