// npm run demo: the main job from beginning to end on a throw-away store, no questions. Four folders stand for drives; real files go in
// over TLS through a real client; the program is killed and unsealed; a drive is taken away; every byte is verified; the drive heals.
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, statSync, symlinkSync, writeSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, GetObjectCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { filesBelow, runTool, sha256OfFile } from '../support/client-tools.ts'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

const { values: flags } = parseArgs({ options: { files: { type: 'string', default: '3000' }, 'large-mib': { type: 'string', default: '1024' }, client: { type: 'string' }, keep: { type: 'boolean', default: false } } })
const bucket = 'demo'
const begin = performance.now()
const receipt: string[] = []

function say(text: string): void {
  process.stdout.write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)
}

function note(text: string): void {
  receipt.push(text)
  say(text)
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const from = performance.now()
  const value = await work()
  return { value, seconds: (performance.now() - from) / 1000 }
}

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

/** Real files of this checkout (its dependencies have thousands), as links, and one large file of random bytes. */
function gather(folder: string): { files: Map<string, string>; bytes: number } {
  const root = join(import.meta.dirname, '../..')
  const files = new Map<string, string>()
  let bytes = 0
  const limit = Number(flags.files)
  for (const start of ['src-main', 'docs', 'node_modules']) {
    if (!existsSync(join(root, start))) continue
    for (const file of filesBelow(join(root, start))) {
      if (files.size >= limit) break
      const size = statSync(file).size
      // Folders of tools change while we read them.
      if (size > 20_000_000 || /\/\.|\.results/.test(file)) continue
      const name = relative(root, file)
      const link = join(folder, 'tree', name)
      mkdirSync(join(link, '..'), { recursive: true })
      symlinkSync(file, link)
      files.set(`tree/${name}`, file)
      bytes += size
    }
  }
  const large = join(folder, 'large.bin')
  const handle = openSync(large, 'w')
  const block = randomBytes(1_048_576)
  for (let index = 0; index < Number(flags['large-mib']); index++) {
    block.writeUInt32LE(index, 0)
    writeSync(handle, block)
  }
  closeSync(handle)
  files.set('large.bin', large)
  return { files, bytes: bytes + statSync(large).size }
}

function chooseClient(): 'rclone' | 'aws' | 'sdk' {
  if (flags.client === 'rclone' || flags.client === 'aws' || flags.client === 'sdk') return flags.client
  return existsSync('/usr/bin/rclone') ? 'rclone' : existsSync('/usr/bin/aws') ? 'aws' : 'sdk'
}

function sdkFor(store: TestAppliance): S3Client {
  return new S3Client({
    endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(store.authorityFile), maxSockets: 32, keepAlive: true }) }),
  })
}

async function inParallel<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
    }),
  )
}

async function uploadWithSdk(store: TestAppliance, files: Map<string, string>): Promise<void> {
  const client = sdkFor(store)
  await inParallel(files, 16, async ([name, file]) => {
    const size = statSync(file).size
    if (size <= 32 * 1_048_576) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: readFileSync(file) }))
      return
    }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: name }))
    const partSize = 16 * 1_048_576
    const parts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index)
    const etags: (string | undefined)[] = []
    await inParallel(parts, 4, async (index) => {
      const chunks: Buffer[] = []
      for await (const chunk of createReadStream(file, { start: index * partSize, end: Math.min(size, (index + 1) * partSize) - 1 })) chunks.push(chunk as Buffer)
      const reply = await client.send(new UploadPartCommand({ Bucket: bucket, Key: name, UploadId, PartNumber: index + 1, Body: Buffer.concat(chunks) }))
      etags[index] = reply.ETag
    })
    await client.send(new CompleteMultipartUploadCommand({ Bucket: bucket, Key: name, UploadId, MultipartUpload: { Parts: parts.map((index) => ({ PartNumber: index + 1, ETag: etags[index] })) } }))
  })
  client.destroy()
}

async function upload(store: TestAppliance, folder: string, files: Map<string, string>): Promise<string> {
  const kind = chooseClient()
  const sdk = sdkFor(store)
  await sdk.send(new CreateBucketCommand({ Bucket: bucket }))
  sdk.destroy()
  const environment = { HOME: folder, AWS_ACCESS_KEY_ID: store.accessKeyId, AWS_SECRET_ACCESS_KEY: store.secretAccessKey, AWS_DEFAULT_REGION: 'us-east-1', AWS_CA_BUNDLE: store.authorityFile }
  if (kind === 'sdk') {
    await uploadWithSdk(store, files)
    return 'AWS SDK for JavaScript v3'
  }
  // rclone takes the authority by flag and stumbles over the variable that the aws cli needs.
  const { AWS_CA_BUNDLE: _authority, ...withoutAuthority } = environment
  const run = (command: string, args: string[]) => runTool(command, args, command.endsWith('rclone') ? withoutAuthority : environment, { timeoutMs: 3_600_000 })
  const results =
    kind === 'rclone'
      ? [await run('/usr/bin/rclone', ['copy', '--copy-links', '--transfers', '16', '--checkers', '16', '--s3-provider', 'Other', '--s3-env-auth', '--s3-endpoint', store.endpoint, '--s3-region', 'us-east-1', '--s3-no-check-bucket', '--s3-upload-cutoff', '64M', '--s3-chunk-size', '16M', '--ca-cert', store.authorityFile, '--exclude', '.config/**', folder, `:s3:${bucket}`])]
      : [await run('/usr/bin/aws', ['--endpoint-url', store.endpoint, 's3', 'cp', '--recursive', '--only-show-errors', join(folder, 'tree'), `s3://${bucket}/tree`]), await run('/usr/bin/aws', ['--endpoint-url', store.endpoint, 's3', 'cp', '--only-show-errors', join(folder, 'large.bin'), `s3://${bucket}/large.bin`])]
  for (const result of results) if (result.code !== 0) throw new Error(`${kind} ended with ${result.code}: ${result.stderr.slice(-2000)}`)
  return kind === 'rclone' ? 'rclone' : 'aws cli'
}

/** Reads every object back over TLS and compares its SHA-256 with the file's. */
async function verify(store: TestAppliance, files: Map<string, string>, hashes: Map<string, string>): Promise<number> {
  const client = sdkFor(store)
  let bytes = 0
  let done = 0
  await inParallel(files.keys(), 16, async (name) => {
    const reply = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }))
    const hash = createHash('sha256')
    for await (const chunk of reply.Body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
    }
    if (hash.digest('hex') !== hashes.get(name)) throw new Error(`${name} came back different`)
    if (++done % 1000 === 0) say(`  ${done} of ${files.size} verified`)
  })
  client.destroy()
  return bytes
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-demo-files-'))
  say('gathering real files')
  const { files, bytes } = gather(folder)
  const hashes = new Map<string, string>()
  for (const [name, file] of files) hashes.set(name, await sha256OfFile(file))
  say(`${files.size} files, ${mib(bytes)}, hashed`)

  say('setting up: four folders as drives, five shares of which three open the store')
  const { value: store, seconds: setupSeconds } = await timed(() => startTestAppliance({ drives: 4, shares: 5, threshold: 3, production: true }))
  try {
    note(`set up, shares proven, unsealed, S3 open over TLS: ${setupSeconds.toFixed(1)} s`)
    const { value: client, seconds } = await timed(() => upload(store, folder, files))
    note(`uploaded with ${client}: ${files.size} objects, ${mib(bytes)} in ${seconds.toFixed(1)} s (${(files.size / seconds).toFixed(0)} objects/s, ${mib(bytes / seconds)}/s)`)

    await store.kill()
    const restart = await timed(async () => {
      await store.start()
      await store.unseal()
    })
    note(`killed with SIGKILL, started again, unsealed with three shares: ${restart.seconds.toFixed(1)} s`)

    store.removeDrive(1)
    const read = await timed(() => verify(store, files, hashes))
    note(`one drive's folder removed while running: all ${files.size} objects read back right (${mib(read.value)} in ${read.seconds.toFixed(1)} s, ${mib(read.value / read.seconds)}/s)`)
    const sdk = sdkFor(store)
    await sdk.send(new PutObjectCommand({ Bucket: bucket, Key: 'written-while-degraded', Body: 'still taking writes' }))
    sdk.destroy()
    note('a write was taken with the drive gone')

    await store.kill()
    store.returnDrive(1)
    await store.start()
    await store.unseal()
    const heal = await timed(() => store.healed())
    note(`the drive is back and healed: ${heal.seconds.toFixed(1)} s`)
    await store.kill()
    store.removeDrive(0)
    store.removeDrive(2)
    await store.start()
    await store.unseal()
    const again = await timed(() => verify(store, files, hashes))
    note(`two other drives taken away (the most this store tolerates): all ${files.size} objects read back right in ${again.seconds.toFixed(1)} s`)
    store.returnDrive(0)
    store.returnDrive(2)
  } finally {
    if (!flags.keep) await store.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`\nReceipt\n${receipt.map((line) => `  ✔ ${line}`).join('\n')}\n  total ${((performance.now() - begin) / 1000).toFixed(0)} s\n`)
}

await main()
