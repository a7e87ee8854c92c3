// Each real client does a full round trip over TLS against a running store: what people do with it on the first day.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'node:https'
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, findClient, hasBoto3, hashTree, runTool, writeSampleTree } from '../support/client-tools.ts'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

let store: TestAppliance
let work: string
let source: string
let environment: Record<string, string>

beforeAll(async () => {
  store = await startTestAppliance({ drives: 4 })
  work = mkdtempSync(join(tmpdir(), 'coffer-clients-'))
  source = join(work, 'source')
  writeSampleTree(source)
  environment = {
    HOME: work,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CA_BUNDLE: store.authorityFile,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
})
afterAll(async () => {
  await store.stop()
})

const aws = findClient('aws')
describe.skipIf(aws === undefined)('aws cli', () => {
  const run = (...args: string[]) => runTool(aws ?? '', ['--endpoint-url', store.endpoint, ...args], environment)

  it('copies a folder in, lists it, copies it back unchanged and removes it', async () => {
    await expectOk(run('s3', 'mb', 's3://aws-cli'))
    await expectOk(run('s3', 'cp', '--recursive', source, 's3://aws-cli/tree'))
    const listing = await expectOk(run('s3', 'ls', '--recursive', 's3://aws-cli/'))
    expect(listing).toContain('tree/deep/er/and deeper/file.dat')
    const back = join(work, 'aws-back')
    await expectOk(run('s3', 'cp', '--recursive', 's3://aws-cli/tree', back))
    expect(await hashTree(back)).toEqual(await hashTree(source))
    expect((await expectOk(run('s3', 'sync', source, 's3://aws-cli/tree'))).trim()).toBe('')
    await expectOk(run('s3', 'rb', '--force', 's3://aws-cli'))
  })

  it('sees that everything is encrypted, and clear errors', async () => {
    await expectOk(run('s3api', 'create-bucket', '--bucket', 'aws-api'))
    await expectOk(run('s3api', 'put-object', '--bucket', 'aws-api', '--key', 'a', '--body', join(source, 'one-byte'), '--metadata', 'owner=me'))
    const head = JSON.parse(await expectOk(run('s3api', 'head-object', '--bucket', 'aws-api', '--key', 'a'))) as { ServerSideEncryption: string; Metadata: Record<string, string> }
    expect(head.ServerSideEncryption).toBe('AES256')
    expect(head.Metadata).toEqual({ owner: 'me' })
    const missing = await run('s3api', 'get-object', '--bucket', 'aws-api', '--key', 'none', join(work, 'none'))
    expect(missing.stderr).toContain('NoSuchKey')
    const notEmpty = await run('s3api', 'delete-bucket', '--bucket', 'aws-api')
    expect(notEmpty.stderr).toContain('BucketNotEmpty')
  })
})

const boto = hasBoto3()
describe.skipIf(!boto)('boto3', () => {
  it('puts, ranges, pages, copies, multiparts, presigns and deletes', async () => {
    const script = join(work, 'trip.py')
    writeFileSync(
      script,
      `
import boto3, hashlib, os, sys, urllib.request, ssl
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from botocore.config import Config
# Old versions presign with SigV2 unless told otherwise, which is refused.
s3 = boto3.client('s3', endpoint_url='${store.endpoint}', verify='${store.authorityFile}', config=Config(signature_version='s3v4'))
s3.create_bucket(Bucket='boto3-trip')
body = os.urandom(300001)
put = s3.put_object(Bucket='boto3-trip', Key='a/b c+d&e', Body=body, ContentType='text/x', Metadata={'k': 'v'})
assert put['ETag'] == '"%s"' % hashlib.md5(body).hexdigest(), put
assert put['ServerSideEncryption'] == 'AES256'
got = s3.get_object(Bucket='boto3-trip', Key='a/b c+d&e')
assert got['Body'].read() == body and got['ContentType'] == 'text/x' and got['Metadata'] == {'k': 'v'}
part = s3.get_object(Bucket='boto3-trip', Key='a/b c+d&e', Range='bytes=65530-65545')
assert part['Body'].read() == body[65530:65546] and part['ResponseMetadata']['HTTPStatusCode'] == 206
for i in range(25): s3.put_object(Bucket='boto3-trip', Key='page/%03d/x' % i, Body=b'x')
keys = [o['Key'] for p in s3.get_paginator('list_objects_v2').paginate(Bucket='boto3-trip', Prefix='page/', PaginationConfig={'PageSize': 7}) for o in p['Contents']]
assert keys == ['page/%03d/x' % i for i in range(25)], keys
old = [o['Key'] for p in s3.get_paginator('list_objects').paginate(Bucket='boto3-trip', Prefix='page/', PaginationConfig={'PageSize': 7}) for o in p['Contents']]
assert old == keys
folders = [p['Prefix'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket='boto3-trip', Delimiter='/', PaginationConfig={'PageSize': 1}) for p in page.get('CommonPrefixes', [])]
assert folders == ['a/', 'page/'], folders
s3.copy_object(Bucket='boto3-trip', Key='copy', CopySource={'Bucket': 'boto3-trip', 'Key': 'a/b c+d&e'})
assert s3.get_object(Bucket='boto3-trip', Key='copy')['Body'].read() == body
big = os.urandom(13 * 1024 * 1024 + 17)
open('${work}/big', 'wb').write(big)
s3.upload_file('${work}/big', 'boto3-trip', 'big', Config=TransferConfig(multipart_threshold=6*1024*1024, multipart_chunksize=5*1024*1024))
assert s3.head_object(Bucket='boto3-trip', Key='big')['ETag'].endswith('-3"')
s3.download_file('boto3-trip', 'big', '${work}/big.back')
assert open('${work}/big.back', 'rb').read() == big
s3.copy({'Bucket': 'boto3-trip', 'Key': 'big'}, 'boto3-trip', 'big2', Config=TransferConfig(multipart_threshold=6*1024*1024, multipart_chunksize=5*1024*1024))
assert s3.get_object(Bucket='boto3-trip', Key='big2', Range='bytes=5242870-5242889')['Body'].read() == big[5242870:5242890]
url = s3.generate_presigned_url('get_object', Params={'Bucket': 'boto3-trip', 'Key': 'copy'}, ExpiresIn=60)
assert urllib.request.urlopen(url, context=ssl.create_default_context(cafile='${store.authorityFile}')).read() == body
gone = s3.delete_objects(Bucket='boto3-trip', Delete={'Objects': [{'Key': k} for k in keys + ['never there']]})
assert len(gone['Deleted']) == 26 and 'Errors' not in gone
try:
    s3.get_object(Bucket='boto3-trip', Key=keys[0]); sys.exit('still there')
except ClientError as e: assert e.response['Error']['Code'] == 'NoSuchKey'
for k in ['a/b c+d&e', 'copy', 'big', 'big2']: s3.delete_object(Bucket='boto3-trip', Key=k)
s3.delete_bucket(Bucket='boto3-trip')
print('all good')
`,
    )
    expect(await expectOk(runTool('/usr/bin/python3', [script], environment))).toContain('all good')
  })
})

describe('AWS SDK for JavaScript v3', () => {
  it('does a round trip with its default checksums, streams and conditional writes', async () => {
    const client = new S3Client({
      endpoint: store.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(store.authorityFile) }) }),
    })
    const Bucket = 'sdk-v3'
    await client.send(new CreateBucketCommand({ Bucket }))
    const body = Buffer.alloc(200_000, 'sdk')
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'x/y', Body: body, IfNoneMatch: '*' }))
    expect(put.ServerSideEncryption).toBe('AES256')
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'x/y', Body: body, IfNoneMatch: '*' }))).rejects.toMatchObject({ name: 'PreconditionFailed' })
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'x/y', ChecksumMode: 'ENABLED' }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true)
    expect(got.ChecksumCRC32).toBeDefined()
    const list = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
    expect(list.CommonPrefixes?.map((entry) => entry.Prefix)).toEqual(['x/'])
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'x/y' }))
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'x/y' }))).rejects.toMatchObject({ name: 'NotFound' })
    client.destroy()
  })
})

const rclone = findClient('rclone')
describe.skipIf(rclone === undefined)('rclone', () => {
  it('syncs a tree, checks it, and syncs it back', async () => {
    const config = join(work, 'rclone.conf')
    writeFileSync(config, `[coffer]\ntype = s3\nprovider = Other\nendpoint = ${store.endpoint}\naccess_key_id = ${store.accessKeyId}\nsecret_access_key = ${store.secretAccessKey}\nregion = us-east-1\n`)
    const run = (...args: string[]) => runTool(rclone ?? '', ['--config', config, '--ca-cert', store.authorityFile, ...args], { HOME: work })
    await expectOk(run('mkdir', 'coffer:rclone-trip'))
    await expectOk(run('sync', source, 'coffer:rclone-trip/tree', '--s3-upload-cutoff', '6M', '--s3-chunk-size', '5M'))
    await expectOk(run('check', source, 'coffer:rclone-trip/tree'))
    await expectOk(run('check', '--download', source, 'coffer:rclone-trip/tree'))
    await expectOk(run('moveto', 'coffer:rclone-trip/tree/one-byte', 'coffer:rclone-trip/tree/moved'))
    const back = join(work, 'rclone-back')
    await expectOk(run('sync', 'coffer:rclone-trip/tree', back))
    expect((await hashTree(back)).size).toBe((await hashTree(source)).size)
    await expectOk(run('purge', 'coffer:rclone-trip'))
  })
})

const restic = findClient('restic')
describe.skipIf(restic === undefined)('restic', () => {
  it('initialises, backs up twice, checks every byte and restores', async () => {
    const run = (...args: string[]) =>
      runTool(restic ?? '', ['-r', `s3:${store.endpoint}/restic-trip`, '--cacert', store.authorityFile, ...args], { ...environment, RESTIC_PASSWORD: 'test', XDG_CACHE_HOME: join(work, 'cache') })
    await expectOk(run('init'))
    await expectOk(run('backup', source))
    writeFileSync(join(source, 'later.txt'), 'added later')
    await expectOk(run('backup', source))
    await expectOk(run('check', '--read-data'))
    const back = join(work, 'restic-back')
    await expectOk(run('restore', 'latest', '--target', back))
    expect(await hashTree(join(back, source))).toEqual(await hashTree(source))
    await expectOk(run('forget', '--keep-last', '1', '--prune'))
    await expectOk(run('check'))
  })
})

const s3cmd = findClient('s3cmd')
describe.skipIf(s3cmd === undefined)('s3cmd', () => {
  it('makes a bucket, puts, lists, gets, syncs and removes', async () => {
    const url = new URL(store.endpoint)
    const config = join(work, 's3cfg')
    writeFileSync(
      config,
      `[default]\naccess_key = ${store.accessKeyId}\nsecret_key = ${store.secretAccessKey}\nhost_base = ${url.host}\nhost_bucket = ${url.host}\nuse_https = True\nca_certs_file = ${store.authorityFile}\nbucket_location = us-east-1\nmultipart_chunk_size_mb = 5\n`,
    )
    const run = (...args: string[]) => runTool(s3cmd ?? '', ['-c', config, ...args], environment)
    await expectOk(run('mb', 's3://s3cmd-trip'))
    await expectOk(run('sync', `${source}/`, 's3://s3cmd-trip/tree/'))
    expect(await expectOk(run('ls', '--recursive', 's3://s3cmd-trip/'))).toContain('photos/2024/a.raw')
    const back = join(work, 's3cmd-back')
    mkdirSync(back)
    await expectOk(run('sync', 's3://s3cmd-trip/tree/', `${back}/`))
    expect(await hashTree(back)).toEqual(await hashTree(source))
    await expectOk(run('info', 's3://s3cmd-trip/tree/big.bin'))
    await expectOk(run('del', '--recursive', '--force', 's3://s3cmd-trip/'))
    await expectOk(run('rb', 's3://s3cmd-trip'))
  })
})
