import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { RequestBody } from '../../../../src-main/s3/wire/request-body.ts'
import { StallWatch } from '../../../../src-main/s3/wire/stall-watch.ts'
import { manualClock } from '../../../support/manual-clock.ts'

it('a body that is first asked for after its client went away says so at once', async () => {
  const stream = new PassThrough()
  stream.destroy()
  const body = new RequestBody(stream as unknown as IncomingMessage, new StallWatch(manualClock(), 30_000), () => undefined)
  await expect(body.next()).rejects.toMatchObject({ fault: 'incomplete-body' })
  await expect(body.next()).rejects.toMatchObject({ fault: 'incomplete-body' })
})
