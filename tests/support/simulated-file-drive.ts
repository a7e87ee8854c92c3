// The product's own drive on virtual files, in simulation: each change of a file is a step at which the process may be killed, and what
// was not synced then fares as on a real medium.
import type { DriveConnection } from '../../src-main/storage/erasure/drives/drive-connection.ts'
import type { DriveFiles } from '../../src-main/storage/erasure/drives/drive-files.ts'
import { connectDriveInline } from '../../src-main/storage/erasure/drives/drive-inline.ts'
import type { DriveCalls, DriveFault } from '../../src-main/storage/erasure/drives/drive-protocol.ts'
import type { ConnectOptions, SimulatedMedium } from './simulated-drive.ts'
import { forever, type Dice, type Life } from './simulated-world.ts'
import { SimulatedCrash, VirtualDriveFiles } from './virtual-drive-files.ts'

const changing = ['write', 'sync', 'truncate', 'rename', 'unlink', 'makeFolder', 'syncFolder'] as const

export class FileMedium implements SimulatedMedium {
  files: VirtualDriveFiles
  #copy: VirtualDriveFiles | undefined
  #willFail = false

  constructor(seed: number) {
    this.files = new VirtualDriveFiles({ seed })
  }

  get willFail(): boolean {
    return this.#willFail
  }

  connect({ memory, clock, life, dice, path }: ConnectOptions): DriveConnection {
    const inner = connectDriveInline(stepping(this.files, life, dice), memory, clock, path)
    let last: Promise<unknown> = Promise.resolve()
    const call = <Name extends keyof DriveCalls>(name: Name) => (input: Parameters<DriveCalls[Name]>[0]): Promise<ReturnType<DriveCalls[Name]>> => {
      const result = last.then(async () => {
        await new Promise<void>((resolve) => { clock.after(dice.below(4), resolve) })
        if (!life.step()) return forever
        try {
          const output = await inner[name](input as never)
          return life.step() ? (output as ReturnType<DriveCalls[Name]>) : await forever
        } catch (error) {
          if (life.dead) return forever
          throw error
        }
      })
      last = result.catch(() => undefined)
      return result
    }
    return {
      path,
      abandon: () => (life.dead ? Promise.resolve() : inner.abandon()),
      open: call('open'), format: call('format'), writeSealRecord: call('writeSealRecord'), startLog: call('startLog'), readHeads: call('readHeads'),
      append: call('append'), readShards: call('readShards'), writeChunks: call('writeChunks'), syncShardFiles: call('syncShardFiles'),
      readChunks: call('readChunks'), release: call('release'), removeShardFiles: call('removeShardFiles'), listShardFiles: call('listShardFiles'),
      compact: call('compact'), space: call('space'), probe: call('probe'), close: call('close'),
    }
  }

  crash(): void {
    this.files.crash()
  }

  planFailure(after: number, fault: DriveFault): void {
    this.#willFail = true
    const code = fault === 'full' ? 'ENOSPC' : fault === 'read-only' ? 'EROFS' : 'EIO'
    if (code === 'EIO') this.files.failOn('any', after + 1, code, true)
    else for (const operation of ['write', 'truncate'] as const) this.files.failOn(operation, after + 1, code, true)
  }

  repair(): void {
    this.#willFail = false
    this.files.clearFaults()
  }

  saveCopy(): void {
    this.#copy = this.files.clone()
  }

  restoreCopy(): boolean {
    if (this.#copy === undefined) return false
    this.files = this.#copy
    this.#copy = undefined
    return true
  }

  rot(bits: number): void {
    this.files.flipRandomBits(bits)
  }

  contents(): { readonly files: readonly string[] } {
    return { files: this.files.files().map(({ path }) => path).filter((path) => /shards\/.*[0-9a-f]{32}$/.test(path)) }
  }

  describe(): string {
    return this.files.files().map(({ path }) => path).join(', ')
  }
}

/** The same files; every change is a step of the process, and its last one may still take place. */
function stepping(files: VirtualDriveFiles, life: Life, dice: Dice): DriveFiles {
  const handler: ProxyHandler<VirtualDriveFiles> = {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const isChange = (changing as readonly unknown[]).includes(name)
      return (...input: unknown[]): unknown => {
        if (life.dead) throw new SimulatedCrash('dead')
        if (isChange && !life.step()) {
          if (dice.chance(0.5)) Reflect.apply(value, target, input)
          throw new SimulatedCrash('killed')
        }
        return Reflect.apply(value, target, input) as unknown
      }
    },
  }
  return new Proxy(files, handler)
}
