// A drive in the caller's own thread, for simulation: the same calls on given files, every answer in a microtask, always in the same order.
import type { Clock } from '../../../base/clock.ts'
import { openDriveOn } from './drive.ts'
import type { DriveConnection } from './drive-connection.ts'
import type { DriveFiles } from './drive-files.ts'
import type { DriveCalls } from './drive-protocol.ts'

/** After each call one step of upkeep is made, where the worker would make it while idle. `memory` is what offsets refer to. */
export function connectDriveInline(files: DriveFiles, memory: Uint8Array, clock: Clock, path = 'inline'): DriveConnection {
  const { calls, tend, abandon } = openDriveOn(files, memory, clock)
  const ask = <Name extends keyof DriveCalls>(name: Name) => async (input: Parameters<DriveCalls[Name]>[0]): Promise<ReturnType<DriveCalls[Name]>> => {
    const call = calls[name] as (input: Parameters<DriveCalls[Name]>[0]) => ReturnType<DriveCalls[Name]>
    const output = call(input)
    tend(false)
    return output
  }
  return {
    path,
    open: ask('open'), format: ask('format'), writeSealRecord: ask('writeSealRecord'), startLog: ask('startLog'), readHeads: ask('readHeads'), append: ask('append'),
    readShards: ask('readShards'), writeChunks: ask('writeChunks'), syncShardFiles: ask('syncShardFiles'), readChunks: ask('readChunks'), release: ask('release'),
    removeShardFiles: ask('removeShardFiles'), listShardFiles: ask('listShardFiles'), compact: ask('compact'), space: ask('space'), probe: ask('probe'), close: ask('close'),
    abandon: async () => { abandon() },
  }
}
