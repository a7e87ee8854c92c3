// The drives step's work: what is there, what is chosen, and what the engine says about the choice.
import { call, toCallError, type ConsoleCallError } from '../../../console-client.ts'
import type { OutputOf } from '../../../../src-main/contract/procedures.ts'
import { texts } from '../../../text/setup.ts'
import type { SetupModel } from './setup-model.svelte.ts'

type Checked = OutputOf<'setup.checkDrives'>['drives'][number]
type Candidate = OutputOf<'setup.findDrives'>['candidates'][number]

export interface DriveRowFacts {
  readonly path: string
  readonly chosen: boolean
  readonly usable: boolean
  readonly configured: boolean
  readonly fileSystem: string
  readonly freeBytes: number
  readonly totalBytes: number
  readonly warnings: readonly { readonly code: string; readonly text: string }[]
}

export class DriveChoice {
  readonly #model: SetupModel
  #candidates = $state.raw<readonly Candidate[]>([])
  /** Added by hand. */
  #added = $state.raw<readonly Checked[]>([])
  searching = $state(false)
  computing = $state(false)
  fault = $state.raw<ConsoleCallError>()

  constructor(model: SetupModel) {
    this.#model = model
  }

  readonly rows: readonly DriveRowFacts[] = $derived.by(() => this.#toRows())

  /** What is true of every chosen drive is said once. */
  readonly sharedWarnings: DriveRowFacts['warnings'] = $derived.by(() => {
    const chosen = this.rows.filter((row) => row.chosen)
    const [first, ...others] = chosen
    if (first === undefined || others.length === 0) return []
    return first.warnings.filter(({ code }) => chosen.every((row) => row.usable && row.warnings.some((warning) => warning.code === code)))
  })

  get hasUnusable(): boolean {
    return this.rows.some((row) => row.chosen && !row.usable)
  }

  async find(): Promise<void> {
    this.searching = true
    this.fault = undefined
    try {
      const { candidates } = await call('setup.findDrives', {})
      this.#candidates = candidates
      if (this.#model.drives.length === 0) this.#proposeDrives()
      const unknown = this.#model.drives.filter((path) => !candidates.some((candidate) => candidate.path === path))
      if (unknown.length > 0) this.#added = (await call('setup.checkDrives', { paths: unknown })).drives
      await this.#compute()
    } catch (error) {
      this.fault = toCallError(error)
    } finally {
      this.searching = false
    }
  }

  choose(path: string, chosen: boolean): void {
    const others = this.#model.drives.filter((other) => other !== path)
    this.#model.drives = chosen ? [...others, path] : others
    this.#model.parity = undefined
    this.#model.changed()
    void this.#compute()
  }

  /** Undefined: it is in the list now; else why not. */
  async add(path: string): Promise<string | undefined> {
    if (this.#model.drives.includes(path)) return texts.drives.alreadyThere
    try {
      const [drive] = (await call('setup.checkDrives', { paths: [path] })).drives
      if (drive === undefined || !drive.usable) return drive?.warnings.map(({ text }) => text).join(' ')
      this.#added = [...this.#added.filter((other) => other.path !== drive.path), drive]
      this.choose(drive.path, true)
      return undefined
    } catch (error) {
      const { message, hint } = toCallError(error)
      return `${message} ${hint}`
    }
  }

  /** Named in the configuration, or without any warning: most people want just these. */
  #proposeDrives(): void {
    const usable = this.#candidates.filter((candidate) => candidate.usable)
    const configured = usable.filter((candidate) => candidate.configured)
    const proposed = configured.length > 0 ? configured : usable.filter((candidate) => candidate.warnings.length === 0)
    if (proposed.length === 0) return
    this.#model.drives = proposed.map(({ path }) => path)
    this.#model.changed()
  }

  async #compute(): Promise<void> {
    this.computing = true
    this.fault = undefined
    try {
      await this.#model.readLayout()
    } catch (error) {
      this.fault = toCallError(error)
    } finally {
      this.computing = false
    }
  }

  /** Warnings of the whole choice (two on one device) go before those of each drive alone. */
  #toRows(): readonly DriveRowFacts[] {
    const added = this.#added
      .filter((drive) => !this.#candidates.some(({ path }) => path === drive.path))
      .map((drive) => ({ ...drive, configured: false, fileSystem: '' }))
    return [...this.#candidates, ...added].map((drive) => {
      const chosen = this.#model.drives.includes(drive.path)
      const together = chosen ? this.#model.layout?.drives.find(({ path }) => path === drive.path) : undefined
      const { path, configured, fileSystem, freeBytes, totalBytes } = drive
      return {
        path,
        chosen,
        configured,
        fileSystem,
        freeBytes,
        totalBytes,
        usable: together?.usable ?? drive.usable,
        warnings: together?.warnings ?? drive.warnings,
      }
    })
  }
}
