// The one file that names concrete parts: which codec, which clock, which edges the appliance is made of.
import { availableParallelism } from 'node:os'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { systemRandom } from '../base/random.ts'
import { runCryptoSelfTests } from '../crypto/self-tests.ts'
import { decideAccess } from '../iam/index.ts'
import { openCodecPool } from '../payload/codec-pool.ts'
import { createSharedSlab, SlotPool } from '../payload/shared-memory.ts'
import { createS3Server, type RequestSummary, type S3Server } from '../s3/index.ts'
import { ApplianceCore } from './appliance.ts'
import type { Config } from './config-schema.ts'
import { tuneCollector } from './tune-collector.ts'
import { tuneScheduler } from './tune-scheduler.ts'

/** Requests that may wait for memory; more are told to slow down. */
const waitersMax = 4096

export interface Composition {
  readonly core: ApplianceCore
  readonly s3: S3Server
  /** Threads and timers; the core must have been stopped. */
  close(): Promise<void>
}

/** Starts threads and runs the self-tests; no drive is touched and no port opened. Faults: self-test-failed. */
export async function compose(config: Config, logger: Logger, onRequest?: (summary: RequestSummary) => void): Promise<Composition> {
  tuneCollector()
  const scheduling = tuneScheduler() ? 'batch' : 'default'
  logger.debug('starting threads', { scheduling })
  runCryptoSelfTests()
  const slab = createSharedSlab(config.payloadMemoryMib * 1024 * 1024)
  const slots = new SlotPool(slab, waitersMax)
  const codec = await openCodecPool({ slab, threads: Math.max(1, Math.min(16, availableParallelism() - 1)) })
  const core = new ApplianceCore({ config, slab, slots, codec, clock: systemClock, random: systemRandom, logger })
  const s3 = createS3Server({
    objects: () => core.objects(),
    accessKeys: core.accessKeys,
    decideAccess,
    clock: systemClock,
    logger,
    random: systemRandom,
    settings: { region: config.region, domains: config.domains, requestsInFlightMax: config.requestsInFlightMax },
    ...(onRequest === undefined ? {} : { onRequest }),
  })
  return {
    core, s3,
    close: async () => {
      s3.close()
      await codec.close()
    },
  }
}
