// What is typed or pasted as a secret never appears on the screen.
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { openTerminal, type Terminal } from '../../../src-main/cli/index.ts'

let terminal: Terminal

/** A keyboard and a screen as Node presents them. */
function open(): { type: (text: string) => void; screen: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input })
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  let screen = ''
  output.on('data', (chunk: Buffer) => { screen += chunk.toString() })
  terminal = openTerminal(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream, output as unknown as NodeJS.WriteStream)
  return { type: (text) => input.write(text), screen: () => screen }
}

afterEach(() => {
  terminal.close()
})

describe('a hidden answer', () => {
  it('is not shown while it is typed, nor when it is pasted in several lines', async () => {
    const { type, screen } = open()
    const first = terminal.ask('Share: ', { hidden: true, takesPasted: true })
    type('SECRET-ONE-\rSECRET-TWO-\rSECRET-THREE\r')
    expect(await first).toBe('SECRET-ONE-')
    expect(await terminal.ask('more: ', { hidden: true, takesPasted: true })).toBe('SECRET-TWO-')
    expect(await terminal.ask('more: ', { hidden: true, takesPasted: true })).toBe('SECRET-THREE')
    const last = terminal.ask('Password: ', { hidden: true })
    for (const letter of 'SECRET') type(letter)
    type('\r')
    expect(await last).toBe('SECRET')
    expect(screen()).toContain('Share: ')
    expect(screen()).toContain('Password: ')
    expect(screen()).not.toMatch(/SECRET|ONE|TWO|THREE/)
  })

  it('that was pasted too long does not become the answer to another question', async () => {
    const { type } = open()
    const first = terminal.ask('Share: ', { hidden: true, takesPasted: true })
    type('SECRET-ONE\rSECRET-TWO\r')
    await first
    const question = terminal.ask('Name: ')
    type('studio\r')
    expect(await question).toBe('studio')
  })
})

describe('a visible answer', () => {
  it('is shown with its question', async () => {
    const { type, screen } = open()
    const answer = terminal.ask('Name: ')
    type('studio\r')
    expect(await answer).toBe('studio')
    expect(screen()).toMatch(/Name: .*studio/s)
  })

  it.each([['Ctrl-C', '\u0003'], ['Ctrl-D', '\u0004']])('ends with %s, and the next question can still be asked', async (_title, typed) => {
    const { type } = open()
    const answer = terminal.ask('Name: ')
    type(typed)
    expect(await answer).toBeUndefined()
    const next = terminal.ask('Again: ')
    type('yes\r')
    expect(await next).toBe('yes')
  })
})

describe('a standard input that is no terminal', () => {
  it('is read by lines, at most as many as wanted', async () => {
    const input = new PassThrough()
    terminal = openTerminal(input as unknown as NodeJS.ReadStream, process.stdout, process.stderr)
    input.end('one\r\ntwo\n\nfour')
    const lines: string[] = []
    for await (const line of terminal.readLines(10)) lines.push(line)
    expect(lines).toEqual(['one', 'two', '', 'four'])
    expect(terminal.isInteractive).toBeFalsy()
  })
})
