// Log lines as JSON on standard error, by pino. Callers never pass secrets; fields with telling names are cut all the same.
import pino from 'pino'
import type { LogFields, Logger } from '../base/logger.ts'
import type { Config } from './config-schema.ts'

const redact = ['secret', 'password', 'share', 'token', 'authorization', 'rootPassword', 'rootSecret']

export function openJsonLogger(level: Config['logLevel']): Logger {
  const log = pino({ level, redact: { paths: redact, censor: '[cut]' }, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
  const write = (method: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields): void => {
    if (fields === undefined) log[method](message)
    else log[method](fields, message)
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
