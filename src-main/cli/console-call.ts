// Procedures over the local socket of a running Coffer: the state folder says which one. Every call has a deadline.
import { request } from 'node:http'
import { join } from 'node:path'
import { consoleFault } from '../contract/fault.ts'
import { csrfHeader, procedures, type CallProcedure, type InputOf, type OutputOf, type ProcedureName } from '../contract/procedures.ts'
import { CliError, refusedError } from './cli-error.ts'

const answerSizeMax = 16 * 1024 * 1024

interface Answer {
  readonly status: number
  readonly text: string
}

/** A caller for the Coffer of that state folder. Rejects with CliError only. */
export function connectConsole(stateFolder: string): CallProcedure {
  const socketPath = join(stateFolder, 'coffer.sock')
  return async <Name extends ProcedureName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> => {
    const { status, text } = await post(socketPath, name, JSON.stringify(input), stateFolder)
    const value = parseJson(text)
    if (status !== 200) {
      const fault = consoleFault.safeParse(value)
      if (fault.success) throw refusedError(fault.data)
      throw strangeAnswer()
    }
    const output = procedures[name].output.safeParse(value)
    if (!output.success) throw strangeAnswer()
    // The schema of this very procedure has just checked it.
    return output.data as OutputOf<Name>
  }
}

function post(socketPath: string, name: ProcedureName, body: string, stateFolder: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), [csrfHeader]: '1' }
    const outgoing = request({ socketPath, method: 'POST', path: `/api/${name}`, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      let sizeBytes = 0
      incoming.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.byteLength
        if (sizeBytes > answerSizeMax) outgoing.destroy(strangeAnswer())
        else chunks.push(chunk)
      })
      incoming.on('error', (error) => { reject(toCliError(error, stateFolder)) })
      incoming.on('end', () => { resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }) })
    })
    // The server's own deadline comes first.
    outgoing.setTimeout(procedures[name].deadlineMs + 10_000, () => {
      outgoing.destroy(new CliError('no-answer', 'Coffer did not answer in time.', 'Look at: coffer status'))
    })
    outgoing.on('error', (error) => { reject(toCliError(error, stateFolder)) })
    outgoing.end(body)
  })
}

function toCliError(error: NodeJS.ErrnoException, stateFolder: string): CliError {
  if (error instanceof CliError) return error
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
    case 'ENOTDIR':
      return new CliError('not-running', `Coffer is not running with the state folder ${stateFolder}.`, 'Start it with: coffer start (or name another folder with --state)', { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new CliError('not-permitted', `The state folder ${stateFolder} belongs to another user.`, 'Run the command as the user that runs Coffer.', { cause: error })
    default:
      return new CliError('no-answer', `The connection to Coffer was lost (${error.code ?? 'unknown reason'}).`, 'Look at: coffer status', { cause: error })
  }
}

function strangeAnswer(): CliError {
  return new CliError('no-answer', 'Coffer gave an answer that this command does not understand.', 'The command and the running Coffer may be of different versions: restart Coffer.')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
