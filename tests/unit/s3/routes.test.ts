import { describe, expect, it } from 'vitest'
import { S3Error } from '../../../src-main/s3/errors.ts'
import { chooseRoute } from '../../../src-main/s3/routes.ts'
import { readHeaders } from '../../../src-main/s3/wire/headers.ts'
import { parseQuery } from '../../../src-main/s3/wire/query.ts'
import type { TargetLevel } from '../../../src-main/s3/wire/request-target.ts'

function choose(method: string, level: TargetLevel, query = '', headers: string[] = []): string {
  try {
    return chooseRoute(method, level, parseQuery(query), readHeaders(headers, 8192)).name
  } catch (error) {
    if (error instanceof S3Error) return error.fault
    throw error
  }
}

describe('choosing the operation', () => {
  it.each(['tagging', 'acl', 'retention', 'legal-hold', 'attributes', 'torrent', 'restore', 'encryption', 'renameObject', 'annotation', 'policy'])(
    'never takes a write to the subresource ?%s for one to the object or bucket',
    (name) => {
      for (const method of ['PUT', 'POST']) {
        expect(choose(method, 'object', name)).toBe('not-implemented')
        expect(choose(method, 'bucket', `${name}=`)).toBe('not-implemented')
      }
      expect(choose('DELETE', 'object', name)).toBe('not-implemented')
      expect(choose('HEAD', 'object', name)).toBe('not-implemented')
    },
  )

  it.each(['no-such-thing', 'Acl', 'prefix=a', 'partNumber=1', 'versionid=1', 'x-minio-thing'])('never takes a write with ?%s for a plain one', (query) => {
    expect(choose('PUT', 'object', query)).toBe('unknown-call')
    expect(choose('DELETE', 'object', query)).toBe('unknown-call')
    expect(choose('PUT', 'bucket', query)).toBe('unknown-call')
    expect(choose('DELETE', 'bucket', query)).toBe('unknown-call')
  })

  it('refuses unknown parameters of reads, two subresources, and other methods', () => {
    expect(choose('GET', 'object', 'no-such-thing')).toBe('unknown-call')
    expect(choose('GET', 'bucket', 'acl&policy')).toBe('invalid-request')
    expect(choose('PATCH', 'object')).toBe('method-not-allowed')
    expect(choose('OPTIONS', 'object')).toBe('cors-forbidden')
    expect(choose('POST', 'bucket')).toBe('not-implemented')
    expect(choose('POST', 'service')).toBe('not-implemented')
    expect(choose('PUT', 'service')).toBe('not-implemented')
  })

  it.each<[method: string, level: TargetLevel, query: string, operation: string]>([
    ['GET', 'service', 'x-id=ListBuckets', 'ListBuckets'],
    ['GET', 'bucket', '', 'ListObjects'],
    ['GET', 'bucket', 'prefix=a&delimiter=/', 'ListObjects'],
    ['GET', 'bucket', 'list-type=2&prefix=', 'ListObjectsV2'],
    ['GET', 'bucket', 'location=', 'GetBucketLocation'],
    ['POST', 'bucket', 'delete', 'DeleteObjects'],
    ['PUT', 'object', 'x-id=PutObject', 'PutObject'],
    ['PUT', 'object', 'partNumber=1&uploadId=u', 'UploadPart'],
    ['DELETE', 'object', 'uploadId=u&x-id=AbortMultipartUpload', 'AbortMultipartUpload'],
    ['DELETE', 'object', 'versionId=null', 'DeleteObject'],
    ['GET', 'object', 'uploadId=u&max-parts=2', 'ListParts'],
    ['POST', 'object', 'uploads', 'CreateMultipartUpload'],
    ['POST', 'object', 'uploadId=u', 'CompleteMultipartUpload'],
    ['GET', 'object', 'response-content-type=a&X-Amz-Signature=00&partNumber=1', 'GetObject'],
  ])('%s %s ?%s is %s', (method, level, query, operation) => {
    expect(choose(method, level, query)).toBe(operation)
  })

  it('tells copies by their header', () => {
    const copy = ['x-amz-copy-source', '/a/b']
    expect(choose('PUT', 'object', '', copy)).toBe('CopyObject')
    expect(choose('PUT', 'object', 'partNumber=1&uploadId=u', copy)).toBe('UploadPartCopy')
    expect(choose('PUT', 'bucket', '', copy)).toBe('method-not-allowed')
  })
})
