// coffer bucket list, create, delete.
import { exitCodes } from '../cli-error.ts'
import { noPositionals, printJson, type Command } from '../command.ts'
import { formatTable } from '../text.ts'

const oneName = { min: 1, max: 1, what: 'a bucket name' }

export const bucketListCommand: Command = {
  name: 'bucket list',
  summary: 'Every bucket',
  usage: '',
  help: '',
  flags: {},
  positionals: noPositionals,
  async run({ call, terminal, json }) {
    const list = await call('buckets.list', {})
    if (json) printJson(terminal, list)
    else if (list.buckets.length === 0) terminal.write('There is no bucket yet. Make one per tool: coffer bucket create NAME\n')
    else terminal.write(formatTable(['Name', 'Created'], list.buckets.map(({ name, createdMs }) => [name, new Date(createdMs).toISOString().slice(0, 16).replace('T', ' ')])))
    return exitCodes.ok
  },
}

export const bucketCreateCommand: Command = {
  name: 'bucket create',
  summary: 'Make a bucket',
  usage: 'NAME',
  help: 'A bucket is where a client puts its data: make one per tool. 3 to 63 lower-case letters, digits, dots and hyphens.\n',
  flags: {},
  positionals: oneName,
  async run({ call, terminal, json, positionals: [name = ''] }) {
    const made = await call('buckets.create', { name })
    if (json) printJson(terminal, made)
    else terminal.write(`The bucket ${made.bucket.name} is there. Connect a client with: coffer connect CLIENT --bucket ${made.bucket.name}\n`)
    return exitCodes.ok
  },
}

export const bucketDeleteCommand: Command = {
  name: 'bucket delete',
  summary: 'Remove an empty bucket',
  usage: 'NAME',
  help: 'A bucket that still holds objects is not removed.\n',
  flags: {},
  positionals: oneName,
  async run({ call, terminal, json, positionals: [name = ''] }) {
    await call('buckets.delete', { name })
    if (json) printJson(terminal, { deleted: name })
    else terminal.write(`The bucket ${name} is gone.\n`)
    return exitCodes.ok
  },
}
