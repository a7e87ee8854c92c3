// Reads the configuration: file, then environment, then flags; each value is parsed once here and trusted afterwards.
// A mistake names the field, what is wrong with the value and a valid example; values of secrets are never repeated.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { TaggedError } from '../base/tagged-error.ts'
import { configFields, configSchema, type Config, type ConfigField } from './config-schema.ts'

export type ConfigFault = 'unknown-field' | 'bad-value' | 'conflict' | 'unreadable-file'
export class ConfigError extends TaggedError<ConfigFault> {}

const configFileSizeMax = 1024 * 1024
const secretFields = new Set<keyof Config>(['rootPassword'])

export interface ConfigSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Already-typed values of flags; they win. */
  readonly flags?: Partial<Config>
  readonly file?: string
}

function defaults(environment: ConfigSources['environment']): Config {
  const asRoot = process.getuid?.() === 0
  const stateHome = environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return {
    stateFolder: asRoot ? '/var/lib/coffer' : join(stateHome, 'coffer'),
    drives: [],
    s3: { host: '0.0.0.0', port: 9000 },
    console: { host: '0.0.0.0', port: 9001 },
    tls: 'lan-authority',
    region: 'us-east-1',
    domains: [],
    payloadMemoryMib: 256,
    requestsInFlightMax: 1024,
    logLevel: 'info',
  }
}

/** Faults: unknown-field, bad-value, conflict, unreadable-file. */
export function loadConfig(sources: ConfigSources): Config {
  const file = sources.file ?? sources.environment['COFFER_CONFIG']
  const merged = {
    ...defaults(sources.environment),
    ...(file === undefined ? {} : readConfigFile(file)),
    ...readEnvironment(sources.environment),
    ...sources.flags,
  }
  const checked = configSchema.safeParse(merged)
  if (!checked.success) throw explain(checked.error, merged)
  const config = checked.data
  if ((config.rootUser === undefined) !== (config.rootPassword === undefined)) {
    throw new ConfigError('bad-value', 'Root user and root password belong together: set COFFER_ROOT_USER and COFFER_ROOT_PASSWORD (or the MINIO_ names), or neither.')
  }
  return { ...config, stateFolder: resolve(config.stateFolder), drives: config.drives.map((drive) => resolve(drive)) }
}

function explain(error: z.ZodError, merged: Record<string, unknown>): ConfigError {
  const issue = error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? ''
    return new ConfigError('unknown-field', `The configuration has a field "${name}" that does not exist. Fields are: ${configFields.map((entry) => entry.field).join(', ')}.`, { field: name })
  }
  const name = String(issue?.path[0] ?? '')
  const field = configFields.find((entry) => entry.field === name)
  const value = merged[name]
  const shown = field !== undefined && secretFields.has(field.field) ? '(not shown)' : JSON.stringify(value)
  return new ConfigError('bad-value', `${name} is ${shown}: ${issue?.message ?? 'not usable'}. Example: ${field?.variable ?? name}=${field?.example ?? ''}`, { field: name })
}

function readConfigFile(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError('unreadable-file', `The configuration file ${path} can't be read.`, { path }, error)
  }
  if (text.length > configFileSizeMax) throw new ConfigError('unreadable-file', `The configuration file ${path} is larger than 1 MiB.`, { path })
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
    return value as Record<string, unknown>
  } catch (error) {
    throw new ConfigError('unreadable-file', `The configuration file ${path} is not a JSON object.`, { path }, error)
  }
}

/** `COFFER_CONFIG` names the file; `COFFER_SEED(S)` belong to tests. */
const otherVariables = new Set(['COFFER_CONFIG', 'COFFER_SEED', 'COFFER_SEEDS'])

function readEnvironment(environment: ConfigSources['environment']): Partial<Record<keyof Config, unknown>> {
  const values: Partial<Record<keyof Config, unknown>> = {}
  const known = new Set(configFields.flatMap((field) => [field.variable, ...field.aliases].flatMap((name) => [name, `${name}_FILE`])))
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('COFFER_') || known.has(name) || otherVariables.has(name)) continue
    throw new ConfigError('unknown-field', `The environment has ${name}, which Coffer does not know. Known: ${configFields.map((field) => field.variable).join(', ')}.`, { field: name })
  }
  for (const field of configFields) {
    const given = givenValues(field, environment)
    const first = given[0]
    if (first === undefined) continue
    const other = given.find((entry) => entry.value !== first.value)
    if (other !== undefined) {
      throw new ConfigError('conflict', `${first.name} and ${other.name} both set ${field.field}, to different values. Keep one.`, { field: field.field })
    }
    values[field.field] = parseField(field, first.value, first.name)
  }
  return values
}

function givenValues(field: ConfigField, environment: ConfigSources['environment']): { name: string; value: string }[] {
  const given: { name: string; value: string }[] = []
  for (const name of [field.variable, ...field.aliases]) {
    const value = environment[name]
    if (value !== undefined && value !== '') given.push({ name, value })
    const file = environment[`${name}_FILE`]
    if (file === undefined || file === '') continue
    try {
      given.push({ name: `${name}_FILE`, value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') })
    } catch (error) {
      throw new ConfigError('unreadable-file', `${name}_FILE names ${file}, which can't be read.`, { path: file }, error)
    }
  }
  return given
}

function parseField(field: ConfigField, text: string, name: string): unknown {
  const refuse = (problem: string): never => {
    throw new ConfigError('bad-value', `${name}: ${problem}. Example: ${field.variable}=${field.example}`, { field: field.field })
  }
  switch (field.kind) {
    case 'text':
      return text
    case 'list':
      return text.split(',').map((item) => item.trim()).filter((item) => item !== '')
    case 'volumes':
      return text.split(/[\s,]+/).filter((item) => item !== '').flatMap((item) => expandEllipsis(item) ?? refuse('the range {a...b} is not usable'))
    case 'boolean':
      if (/^(on|true|1|yes)$/i.test(text)) return true
      if (/^(off|false|0|no)$/i.test(text)) return false
      return refuse('neither on nor off')
    case 'integer':
      return /^\d{1,9}$/.test(text) ? Number(text) : refuse('not a whole number')
    case 'address':
      return parseAddress(text) ?? refuse('not host:port')
  }
}

/** `host:port`, `[v6]:port`, `:port` (all interfaces). */
export function parseAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) return undefined
  return { host: match[1] ?? (match[2] === '' || match[2] === undefined ? '0.0.0.0' : match[2]), port }
}

/** `/mnt/drive{1...4}` → four paths; more than one range multiplies; at most 64 results. */
export function expandEllipsis(text: string): string[] | undefined {
  const match = /\{(\d{1,4})\.\.\.(\d{1,4})\}/.exec(text)
  if (match === null) return text.includes('...') ? undefined : [text]
  const [from, to] = [Number(match[1]), Number(match[2])]
  if (to < from || to - from >= 64) return undefined
  const expanded: string[] = []
  for (let number = from; number <= to; number++) {
    const rest = expandEllipsis(text.slice(0, match.index) + String(number).padStart(match[1]?.length ?? 1, '0') + text.slice(match.index + match[0].length))
    if (rest === undefined) return undefined
    expanded.push(...rest)
  }
  return expanded.length <= 64 ? expanded : undefined
}
