// The engine's side of a drive thread: every call ends in time, with an answer or a DriveError.
import { connectWorker, openWorker, RemoteFault, WorkerError, type WorkerClient } from '../../../base/worker-rpc.ts'
import type { SharedSlab } from '../../../payload/shared-memory.ts'
import { DriveError, type DriveConnection } from './drive-connection.ts'
import { packAppend, packReads, unpackResults, type PackedDriveCalls } from './drive-packing.ts'
import type { DriveCalls, DriveFault } from './drive-protocol.ts'

const callTimeoutMs = 30_000
/** Reading a log or formatting grows with the drive. */
const longCallTimeoutMs = 600_000
const callsInFlightMax = 4096
/** A thread that hangs in the system cannot be ended; nobody waits for it longer. */
const abandonTimeoutMs = 5_000

const faults: ReadonlySet<string> = new Set<DriveFault>([
  'io-error', 'full', 'read-only', 'gone', 'not-formatted', 'foreign', 'in-use', 'not-found', 'damaged', 'refused',
])

/** Starts the thread of the drive at `root` (a mount point or folder). Nothing is read before `open`. */
export function connectDrive(root: string, slab: SharedSlab): DriveConnection {
  const worker = openWorker('drive-worker', 'storage/erasure/drives/drive-worker.ts', { root, memory: slab.memory })
  const client: WorkerClient<PackedDriveCalls> = connectWorker<PackedDriveCalls>(worker, { timeoutMs: callTimeoutMs, callsInFlightMax, enoughCompany: { append: 1 } })
  const ask = <Name extends Exclude<keyof DriveCalls, 'append' | 'readShards'>>(name: Name, timeoutMs = callTimeoutMs) =>
    (input: Parameters<DriveCalls[Name]>[0]): Promise<ReturnType<DriveCalls[Name]>> => {
      const answer = client.call(name, input as never, timeoutMs) as Promise<ReturnType<DriveCalls[Name]>>
      return answer.catch((error: unknown) => { throw toDriveError(error) })
    }
  return {
    path: root,
    ended: new Promise((resolve) => { worker.once('exit', () => { resolve() }) }),
    open: ask('open'), format: ask('format', longCallTimeoutMs), writeSealRecord: ask('writeSealRecord'), startLog: ask('startLog', longCallTimeoutMs),
    readHeads: ask('readHeads'),
    append: ({ records }) => client.call('append', packAppend(records)).catch(rethrow),
    readShards: ({ reads }) => client.call('readShards', { packed: packReads(reads) }).then(unpackResults, rethrow),
    writeChunks: ask('writeChunks'), syncShardFiles: ask('syncShardFiles'),
    readChunks: ask('readChunks'), release: ask('release'), removeShardFiles: ask('removeShardFiles'), listShardFiles: ask('listShardFiles', longCallTimeoutMs),
    compact: ask('compact'), space: ask('space'), probe: ask('probe'), close: ask('close'),
    async abandon() {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => { timer = setTimeout(resolve, abandonTimeoutMs) })
      await Promise.race([client.close(), limit])
      clearTimeout(timer)
    },
  }
}

function rethrow(error: unknown): never {
  throw toDriveError(error)
}

/** A bug of the worker travels as it is. */
function toDriveError(error: unknown): unknown {
  if (error instanceof RemoteFault && faults.has(error.fault)) return new DriveError(error.fault as DriveFault, error.message, error.details, error)
  if (!(error instanceof WorkerError)) return error
  switch (error.fault) {
    case 'timeout':
      return new DriveError('timeout', 'the drive did not answer in time', {}, error)
    case 'worker-gone':
      return new DriveError('gone', 'the thread of the drive has ended', {}, error)
    case 'too-many-calls':
      return new DriveError('timeout', 'too many calls wait for the drive', {}, error)
    case 'worker-bug':
      return error
  }
}
