// The command line against a fake appliance over a real socket: what it understands, asks, shows, refuses, and its exit codes.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCoffer } from '../../../src-main/cli/index.ts'
import { openLocalSocket, type LocalSocket } from '../../../src-main/console/index.ts'
import { openFakeAppliance, type FakeAppliance } from '../console/fake-appliance.ts'
import { fakeTerminal, type FakeTerminal } from './fake-terminal.ts'

let folder: string
let state: string
let appliance: FakeAppliance
let socket: LocalSocket
let started: readonly string[] | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-cli-'))
  state = join(folder, 'state')
  mkdirSync(state)
  started = undefined
  appliance = openFakeAppliance()
  socket = await openLocalSocket(state, (server) => { appliance.console.attach(server, 'local') })
})
afterEach(async () => {
  await socket.close()
  appliance.close()
  rmSync(folder, { recursive: true, force: true })
})

const coffer = (terminal: FakeTerminal, ...args: string[]): Promise<number> =>
  runCoffer({ args, environment: { COFFER_STATE_FOLDER: state }, terminal, version: '0.1.0', start: async (rest) => { started = rest; return 7 } })

async function script(...args: string[]): Promise<{ code: number; shown: string; errors: string }> {
  const terminal = fakeTerminal(false)
  return { code: await coffer(terminal, ...args), shown: terminal.shown(), errors: terminal.errors() }
}

/** The cards' files are in `folder/cards`. */
async function setUp(): Promise<void> {
  const done = await script('setup', '--name', 'studio', '--drive', '/mnt/1', '/mnt/2', '--shares', '3', '--threshold', '2', '--shares-to', join(folder, 'cards'), '--prove-from', join(folder, 'cards'))
  expect(done).toMatchObject({ code: 0, errors: '' })
}

const containing = (text: string): unknown => expect.stringContaining(text)
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern)

const cardFiles = (): string[] => readdirSync(join(folder, 'cards')).sort().map((name) => join(folder, 'cards', name))

describe('arguments', () => {
  it.each([
    [['nothing'], 'There is no such command.'],
    [['bucket'], 'coffer bucket goes on with: list, create, delete.'],
    [['bucket', 'create'], 'coffer bucket create needs a bucket name.'],
    [['bucket', 'create', 'a', 'b'], 'takes a bucket name and nothing more'],
    [['status', '--colour'], "Unknown option '--colour'."],
    [['--wrong'], "Unknown option '--wrong'."],
    [['--json'], 'No command was given.'],
    [['setup', '--drive', '/mnt/1', '--shares', 'many'], 'The number of shares is a whole number from 1 to 255.'],
    [['setup', '--drive', '/mnt/1', '--shares', '3', '--threshold', '4'], 'The threshold is a whole number from 1 to 3.'],
    [['setup', '--drive', '/mnt/1', '--shares', '3', '--threshold', '1'], 'every card alone would open the store'],
    [['setup', '--name', 'studio'], 'Name the drives'],
    [['connect', 'netscape'], 'Known: aws, rclone, restic, s3cmd, mc, boto3.'],
  ])('%j are wrong usage, said in plain words', async (args, message) => {
    const { code, shown, errors } = await script(...args)
    expect(code).toBe(64)
    if (args[0] === '--json') expect(JSON.parse(errors)).toMatchObject({ error: { code: 'usage', message } })
    else expect(errors).toContain(message)
    expect(errors).toContain('coffer')
    expect(shown).toBe('')
  })

  it('that may be a secret are not repeated', async () => {
    const { code, errors } = await script('unseal', 'coffer-share-1:SECRET')
    expect(code).toBe(64)
    expect(errors).toContain("they would stay in the shell's history")
    expect(errors).not.toContain('SECRET')
  })

  it('after start are passed on unread, with the global ones', async () => {
    expect((await script('--state', '/srv/state', 'start', '--drive', '/mnt/1', '--s3', ':9000')).code).toBe(7)
    expect(started).toEqual(['--state', '/srv/state', '--drive', '/mnt/1', '--s3', ':9000'])
    expect((await script('start', '--help')).shown).toContain('Usage: coffer start')
  })

  it('may have global flags before or after the command, and the names that other vaults use', async () => {
    for (const args of [['--state', state, 'status'], ['status', '--state', state], ['operator', 'status']]) expect((await script(...args)).shown, args.join(' ')).toContain('Nothing is set up')
  })
})

describe('help', () => {
  it('lists every command with one line, and the exit codes', async () => {
    const { code, shown } = await script('--help')
    expect(code).toBe(0)
    for (const name of ['start', 'setup', 'unseal', 'seal', 'status', 'drive list', 'bucket create', 'connect', 'operator password']) expect(shown).toMatch(new RegExp(`^  ${name} +[A-Z]`, 'm'))
    expect(shown).toContain('64 wrong usage')
    expect((await script()).shown).toBe(shown)
    expect((await script('help')).shown).toBe(shown)
  })

  it.each(['start', 'setup', 'unseal', 'seal', 'status', 'drive list', 'bucket list', 'bucket create', 'bucket delete', 'connect', 'operator password', 'operator root-credentials'])('of %s names its usage and fits the width of a page', async (name) => {
    const { code, shown } = await script(...name.split(' '), '--help')
    expect(code).toBe(0)
    expect(shown).toContain(`Usage: coffer ${name}`)
    expect(shown.split('\n').filter((line) => line.length > 150)).toEqual([])
    expect((await script('help', ...name.split(' '))).shown).toBe(shown)
  })

  it('gives the version', async () => {
    expect((await script('--version')).shown).toBe('coffer 0.1.0\n')
  })
})

describe('without a running Coffer', () => {
  it('says so, and what to do', async () => {
    const terminal = fakeTerminal(false)
    expect(await coffer(terminal, 'status', '--state', join(folder, 'elsewhere'))).toBe(1)
    expect(terminal.errors()).toBe(`coffer: Coffer is not running with the state folder ${join(folder, 'elsewhere')}.\n  Start it with: coffer start (or name another folder with --state)\n`)
  })

  it('says the same when only a dead socket is left, as JSON when asked', async () => {
    await socket.close()
    writeFileSync(join(state, 'coffer.sock'), '')
    const { code, shown, errors } = await script('drive', 'list', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(errors)).toMatchObject({ error: { code: 'not-running' } })
    expect(shown).toBe('')
    socket = await openLocalSocket(join(folder), () => undefined)
  })

  it('says when what answers is not a Coffer of this version', async () => {
    await socket.close()
    const strange = createServer((_incoming, outgoing) => outgoing.end('{"lifecycle":"dancing"}'))
    await new Promise<void>((resolve) => strange.listen(join(state, 'coffer.sock'), resolve))
    const { code, errors } = await script('status')
    expect([code, errors]).toEqual([1, containing('does not understand')])
    await new Promise((resolve) => strange.close(resolve))
    socket = await openLocalSocket(join(folder), () => undefined)
  })
})

describe('setup by a person', () => {
  const answersUntilCards = ['', '/mnt/1', '/mnt/folder', '', '', '3', '2', 'owner, office safe', 'y']

  it('ends without a trace when the person stops', async () => {
    for (let stopAt = 0; stopAt < answersUntilCards.length; stopAt++) {
      const terminal = fakeTerminal(true)
      terminal.answers = [...answersUntilCards.slice(0, stopAt), undefined]
      expect(await coffer(terminal, 'setup')).toBe(1)
      expect(terminal.errors()).toContain('Nothing was written.')
      expect(appliance.store.lifecycle.state).toBe('fresh')
    }
  })

  it('refuses drives that hold something', async () => {
    const terminal = fakeTerminal(true)
    expect(await coffer(terminal, 'setup', '--drive', '/mnt/full', '--name', 'studio', '--parity', '0', '--shares', '3', '--threshold', '2', '--label', 'a')).toBe(1)
    expect(terminal.errors()).toContain('There are files here.')
    expect(appliance.store.lifecycle.state).toBe('fresh')
  })

  it('says of a folder that does not exist that it will be made, and refuses one that can not be', async () => {
    const flags = ['--name', 'studio', '--shares', '1', '--threshold', '1', '--shares-to', join(folder, 'cards')]
    const refused = await script('setup', '--drive', '/far/away', ...flags)
    expect([refused.code, refused.errors]).toEqual([1, containing('There is no such folder, and none can be made here.')])
    expect(appliance.store.lifecycle.state).toBe('fresh')
    expect((await script('setup', '--drive', '/mnt/new', ...flags)).shown).toContain('This folder does not exist yet. It will be made.')
  })

  it('goes from questions to an open store, showing each card once', async () => {
    const terminal = fakeTerminal(true)
    const cards: string[] = []
    const keep = (shown: string): string => {
      cards.push(/coffer-share-1:[^]*?(?=\n\n)/.exec(shown.slice(shown.lastIndexOf('Any 2 of the 3 shares')))?.[0] ?? '')
      return ''
    }
    const lineOf = (card: number, line: number) => () => (cards[card] ?? '').split('\n')[line]?.trim() ?? ''
    const pasted = (card: number) => [0, 1, 2, 3, 4].map((line) => lineOf(card, line))
    terminal.answers = [...answersUntilCards, keep, keep, keep, 'not a share', ...pasted(1), ...pasted(0), 'short', 'correct horse battery', 'correct horse batterie', 'correct horse battery', 'correct horse battery']
    expect(await coffer(terminal, 'setup', '--bucket', 'photos')).toBe(0)
    expect(terminal.errors()).toBe('')
    expect(terminal.cleared.count).toBe(3)
    expect(appliance.store.created).toMatchObject({ drives: ['/mnt/1', '/mnt/folder'], shares: 3, threshold: 2, labels: ['owner', 'office safe'] })
    const shown = terminal.shown()
    expect(shown).toContain('Any 2 of the 3 cards open the store. Losing 2 cards loses everything.')
    expect(shown).toContain('This is a folder on a drive')
    expect(shown).toContain('This is not a share.')
    expect(shown).toContain('Share 2 (office safe) accepted: 1 of 2. One more share is needed.')
    expect(shown).toContain('It needs at least 10 characters.')
    expect(shown).toContain('They differ.')
    expect(shown).toMatch(/S3 access key +CFFAKEROOT/)
    expect((await appliance.store.objects()?.listBuckets())?.map(({ name }) => name)).toEqual(['photos'])
    expect(terminal.questions.filter(({ hidden }) => hidden).length).toBe(1 + 5 + 5 + 5)
    expect(shown).not.toContain('correct horse')
    expect(await coffer(fakeTerminal(true), 'setup')).toBe(1)
  })

  it('goes on with the proof after it was interrupted, and may start over', async () => {
    const first = fakeTerminal(true)
    first.answers = ['y', '', '', '', '']
    const flags = ['--name', 'studio', '--drive', '/mnt/1', '--parity', '0', '--shares', '3', '--threshold', '2', '--label', 'a']
    expect(await coffer(first, 'setup', ...flags)).toBe(2)
    expect(first.errors()).toContain('Go on with: coffer setup')
    const second = fakeTerminal(true)
    second.answers = ['']
    expect(await coffer(second, 'setup')).toBe(2)
    expect(second.shown()).toContain('its cards were never proven')
    const third = fakeTerminal(true)
    third.answers = ['no', 'yes']
    expect(await coffer(third, 'setup', '--start-over')).toBe(1)
    expect(await coffer(third, 'setup', '--start-over')).toBe(0)
    expect(appliance.store.lifecycle.state).toBe('fresh')
  })
})

describe('setup by a script', () => {
  it('writes a file per card for its user alone, proves from them, and makes the credentials', async () => {
    await setUp()
    expect(cardFiles().map((file) => [basename(file), statSync(file).mode & 0o777])).toEqual([1, 2, 3].map((share) => [`studio-share-${share}-of-3.txt`, 0o600]))
    expect(statSync(join(folder, 'cards')).mode & 0o777).toBe(0o700)
    expect(appliance.store.lifecycle.state).toBe('serving')
  })

  it('creates nothing when the files could not be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    const flags = ['setup', '--drive', '/mnt/1', '--name', 'studio', '--shares', '3', '--threshold', '2', '--shares-to']
    expect(await script(...flags, join(folder, 'file'))).toMatchObject({ code: 1, errors: containing('Nothing was created.') })
    mkdirSync(join(folder, 'used'))
    writeFileSync(join(folder, 'used', 'studio-share-2-of-3.txt'), 'somebody else')
    expect(await script(...flags, join(folder, 'used'))).toMatchObject({ code: 1, errors: containing('exists already') })
    expect(appliance.store.lifecycle.state).toBe('fresh')
  })

  it('shows the cards when their files fail at the last moment', async () => {
    const create = appliance.store.create.bind(appliance.store)
    appliance.store.create = (request) => {
      rmSync(join(folder, 'cards'), { recursive: true })
      return create(request)
    }
    const { code, shown, errors } = await script('setup', '--drive', '/mnt/1', '--name', 'studio', '--shares', '2', '--threshold', '2', '--shares-to', join(folder, 'cards'))
    expect(code).toBe(2)
    expect(errors).toContain('They are shown here instead')
    expect(shown.match(/coffer-share-1:/g)).toHaveLength(2)
  })

  it('says each step as a line of JSON', async () => {
    const { code, shown, errors } = await script('setup', '--json', '--drive', '/mnt/1', '--name', 'studio', '--shares', '1', '--threshold', '1')
    expect([code, errors]).toEqual([2, ''])
    const [created, waiting] = shown.trim().split('\n').map((line) => JSON.parse(line) as { step: string; cards?: { card: string }[] })
    expect([created?.step, waiting?.step]).toEqual(['created', 'waiting-for-proof'])
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine', 'one'), created?.cards?.[0]?.card ?? '')
    const rest = await script('setup', '--json', '--prove-from', join(folder, 'mine'), '--root-user', 'studio-root')
    expect(rest.code).toBe(0)
    expect(rest.shown.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { step: 'proven', provenShares: 1, threshold: 1 },
      { step: 'finished', root: { accessKeyId: 'studio-root' }, operatorPassword: matching(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/) },
    ])
  })

  it('shows the code for browsers elsewhere', async () => {
    expect((await script('setup', '--code')).shown).toBe(`Set-up code: ${appliance.console.setUpCode}\n`)
  })
})

describe('unseal and seal', () => {
  beforeEach(async () => {
    await setUp()
    expect(await script('seal')).toMatchObject({ code: 0, shown: 'The store is sealed. Open it with: coffer unseal\n' })
  })

  it('need an open store, or a closed one', async () => {
    expect(await script('seal')).toMatchObject({ code: 1, errors: containing('sealed already') })
    expect((await script('unseal', '--from', join(folder, 'cards'))).code).toBe(0)
    expect((await script('unseal')).shown).toBe('The store is open already.\n')
  })

  it('tells a typing error by its group, and goes on', async () => {
    const terminal = fakeTerminal(true)
    const line = readFileSync(cardFiles()[0] ?? '', 'utf8').match(/coffer-share-1:[^]*?(?=\n\n)/)?.[0].replaceAll(/\s+/g, '') ?? ''
    const at = line.indexOf(':') + 1 + 6 * 6
    const wrong = line.slice(0, at) + (line.charAt(at) === 'A' ? 'B' : 'A') + line.slice(at + 1)
    terminal.answers = [wrong, line, '']
    expect(await coffer(terminal, 'unseal')).toBe(2)
    expect(terminal.shown()).toContain('There is a typing error in group 7 of 20.')
    expect(terminal.shown()).toContain('Share 1 accepted: 1 of 2.')
    expect(terminal.errors()).toContain('Still sealed: 1 of 2 shares.')
    expect(terminal.questions.map(({ text }) => text.slice(0, 12))).toEqual(['Share 1 of 2', 'Share 1 of 2', 'Share 2 of 2'])
    expect((await script('unseal', '--reset')).shown).toBe('The shares entered so far are forgotten.\n')
  })

  it('reads one share per line from a script, and cards as they are', async () => {
    const terminal = fakeTerminal(false)
    const words = readFileSync(cardFiles()[2] ?? '', 'utf8').split('The same as words:')[1]?.split('\n\n')[1]?.replaceAll(/\s*-?\n\s*/g, ' ').trim() ?? ''
    terminal.lines = ['', words, ...readFileSync(cardFiles()[0] ?? '', 'utf8').split('\n')]
    expect(await coffer(terminal, 'unseal')).toBe(0)
    expect(terminal.shown().trim().split('\n').map((line) => line.trim())).toEqual(['Share 3 accepted: 1 of 2. One more share is needed.', 'Share 1 accepted. The store is open.'])
    expect(appliance.store.lifecycle.state).toBe('serving')
  })

  it('stays closed with too few, and says how many there are', async () => {
    const terminal = fakeTerminal(false)
    terminal.lines = ['nothing']
    expect(await coffer(terminal, 'unseal', '--json')).toBe(2)
    expect(JSON.parse(terminal.shown())).toMatchObject({ opened: false, verdict: 'not-a-share', status: { progress: 0, threshold: 2 } })
  })

  it('makes other commands end with 2', async () => {
    for (const args of [['bucket', 'list'], ['connect', 'aws'], ['operator', 'root-credentials']]) {
      expect(await script(...args), args.join(' ')).toMatchObject({ code: 2, shown: '', errors: containing('Open it with: coffer unseal') })
    }
  })
})

describe('status', () => {
  it('of nothing, an unproven and a sealed store ends with 2', async () => {
    expect(await script('status')).toMatchObject({ code: 2, shown: containing('Run: coffer setup') })
    await script('setup', '--drive', '/mnt/1', '--name', 'studio', '--shares', '2', '--threshold', '2')
    expect(await script('status')).toMatchObject({ code: 2, shown: containing('studio: The shares are not proven yet.') })
  })

  it('answers the four questions', async () => {
    await setUp()
    appliance.console.activity.record({ status: 200, bytesReceived: 1_500_000, bytesSent: 200, remoteAddress: '192.0.2.1' })
    const { code, shown } = await script('status')
    expect(code).toBe(0)
    expect(shown).toContain('studio: Ready. Everything works.')
    expect(shown).toMatch(/^ {2}Open\? +yes$/m)
    expect(shown).toMatch(/^ {2}Safe\? +2 of 2 drives here; reads survive 2 more losses, writes 1 more loss$/m)
    expect(shown).toMatch(/^ {2}Room\? +12\.0 TB free of 16\.0 TB usable$/m)
    expect(shown).toMatch(/^ {2}Clients\? +1 request from 1 client in 5 minutes, all served; in 1\.50 MB, out 200 B$/m)
    expect(shown).toMatch(/^ {2}Authority +AA:BB:CC$/m)
    expect(JSON.parse((await script('status', '--json')).shown)).toMatchObject({ seen: 'ready', details: { clients: { requests: 1 } } })
  })

  it('follows the health of the drives, also in its exit code', async () => {
    await setUp()
    const outcomes: [string, number][] = []
    for (const health of ['degraded', 'at-risk', 'read-only', 'offline'] as const) {
      appliance.store.storageHealth = health
      const { code, shown } = await script('status')
      outcomes.push([shown.split('.')[0] ?? '', code])
    }
    expect(outcomes).toEqual([['studio: Degraded', 0], ['studio: At risk', 0], ['studio: Read-only', 0], ['studio: Offline', 1]])
  })

  it('names the stage and the reason of a failed start', async () => {
    await setUp()
    appliance.store.move({ state: 'failed', stage: 'drives', reason: 'the catalogue\u001b[31m is broken' })
    const { code, shown } = await script('status')
    expect(code).toBe(1)
    expect(shown).toContain('It failed at drives: the catalogue\uFFFD[31m is broken')
    expect(shown).not.toContain('\u001b')
  })
})

describe('drives, buckets and clients', () => {
  beforeEach(setUp)

  it('lists drives in columns, with what is wrong', async () => {
    appliance.store.storageHealth = 'degraded'
    const { shown } = await script('drive', 'list')
    expect(shown.split('\n').slice(0, 3)).toEqual([
      'Slot  State    Path       Free     Size  Errors  Reason',
      '   1  missing  /mnt/1  6.00 TB  8.00 TB       0  not found',
      '   2  ok       /mnt/2  6.00 TB  8.00 TB       0',
    ])
    expect(JSON.parse((await script('drive', 'list', '--json')).shown)).toMatchObject({ drives: [{ state: 'missing' }, { state: 'ok' }] })
  })

  it('makes, lists and removes buckets', async () => {
    expect((await script('bucket', 'list')).shown).toContain('There is no bucket yet.')
    expect(await script('bucket', 'create', 'photos')).toMatchObject({ code: 0 })
    expect(await script('bucket', 'create', 'photos')).toMatchObject({ code: 1, errors: 'coffer: There is a bucket of this name already.\n  Choose another name.\n' })
    expect((await script('bucket', 'list')).shown).toMatch(/^Name +Created\nphotos +\d{4}-\d\d-\d\d \d\d:\d\d\n$/)
    expect((await script('bucket', 'delete', 'photos', '--json')).shown).toBe('{"deleted":"photos"}\n')
    expect((await script('bucket', 'delete', 'photos')).code).toBe(1)
  })

  it('gives the settings of a client, with the authority of this machine', async () => {
    const { shown } = await script('connect', 'aws', '--bucket', 'photos')
    expect(shown).toContain('export AWS_CA_BUNDLE=/state/certs/CAs/coffer-ca.crt\n')
    expect(shown).toContain('s3://photos/')
    expect(shown).toContain('must be AA:BB:CC')
    expect(JSON.parse((await script('connect', 'RCLONE', '--json')).shown)).toMatchObject({ client: 'rclone', endpoint: 'https://studio.local:9000' })
  })

  it('replaces credentials and password', async () => {
    const root = JSON.parse((await script('operator', 'root-credentials', '--json', '--user', 'new-root')).shown) as { root: { accessKeyId: string; secretAccessKey: string } }
    expect(root.root).toEqual(expect.objectContaining({ accessKeyId: 'new-root' }))
    expect(appliance.store.rootCredentials()).toEqual({ accessKeyId: 'new-root', secret: root.root.secretAccessKey })
    writeFileSync(join(folder, 'password'), 'from a file of mine\nsecond line\n')
    expect((await script('operator', 'password', '--password-file', join(folder, 'password'))).shown).toBe("The console's password is changed.\n")
    const signIn = await appliance.console.callLocally('operator.signIn', JSON.stringify({ password: 'from a file of mine' }))
    expect(signIn.status).toBe(200)
    expect((await script('operator', 'password', '--password-file', join(folder, 'none'))).code).toBe(1)
  })
})
