// What a store must hold, as plainly as it can be said: per name what was acknowledged last, and what may have happened without an answer.

export interface Version {
  readonly id: number
  readonly sizes: readonly number[]
  /** Counts changes of attributes; 0 for none. */
  readonly tag: number
  readonly multipart: boolean
  /** Of the class with one parity drive. */
  readonly reduced: boolean
}

export type Value = Version | undefined

export const keyOf = (value: Value): string => (value === undefined ? 'nothing' : `${value.id}/${value.tag}`)

interface Attempt<T> {
  readonly value: T
  /** Acknowledged, refused or cut off: whatever begins from now on lies above it in the order. */
  settled: boolean
}

/** One thing that is written as a whole. Writes that overlap in time may take effect in any order. */
export class Cell<T> {
  /** What was acknowledged last, as far as the client can tell. */
  acknowledged: T
  /** Everything that may be the newest now. */
  #attempts = new Map<symbol, Attempt<T>>()

  constructor(value: T) {
    this.acknowledged = value
    this.#attempts.set(Symbol('first'), { value, settled: true })
  }

  begin(value: T): CellWrite {
    const mark = Symbol('write')
    const below = [...this.#attempts].filter(([, { settled }]) => settled).map(([other]) => other)
    const attempt = { value, settled: false }
    this.#attempts.set(mark, attempt)
    return {
      acknowledge: () => {
        this.acknowledged = value
        attempt.settled = true
        for (const other of below) this.#attempts.delete(other)
      },
      refuse: (certainly) => {
        attempt.settled = true
        if (certainly) this.#attempts.delete(mark)
      },
    }
  }

  allowed(): readonly T[] {
    return [...this.#attempts.values()].map(({ value }) => value)
  }

  /** From now on this is what is there. */
  collapse(value: T): void {
    this.acknowledged = value
    this.#attempts = new Map([[Symbol('collapsed'), { value, settled: true }]])
  }

  /** Everything begun was cut off. */
  cutOff(): void {
    for (const attempt of this.#attempts.values()) attempt.settled = true
  }
}

export interface CellWrite {
  acknowledge(): void
  /** `certainly`: it was refused before anything was written. */
  refuse(certainly: boolean): void
}

export interface UploadModel {
  readonly uploadId: string
  readonly name: string
  readonly parts: Map<number, Cell<{ readonly id: number; readonly size: number } | undefined>>
  /** Whether it may have ended, and whether it certainly has. */
  end: 'open' | 'perhaps' | 'ended'
}

export class StoreModel {
  readonly objects = new Map<string, Cell<Value>>()
  readonly secrets = new Map<string, Cell<number | undefined>>()
  readonly uploads = new Map<string, UploadModel>()
  readonly document = new Cell<number | undefined>(undefined)
  bucketExists = false
  #lastId = 0

  nextId(): number {
    return ++this.#lastId
  }

  object(name: string): Cell<Value> {
    return cellOf(this.objects, name)
  }

  secret(path: string): Cell<number | undefined> {
    return cellOf(this.secrets, path)
  }

  cutOff(): void {
    for (const cell of [...this.objects.values(), ...this.secrets.values(), this.document]) (cell as Cell<unknown>).cutOff()
    for (const upload of this.uploads.values()) for (const cell of upload.parts.values()) cell.cutOff()
  }
}

function cellOf<T>(cells: Map<string, Cell<T | undefined>>, name: string): Cell<T | undefined> {
  let cell = cells.get(name)
  if (cell === undefined) cells.set(name, (cell = new Cell<T | undefined>(undefined)))
  return cell
}

/** The bytes of a body, all of them decided by its number. */
export function bytesOf(id: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size)
  const word = Buffer.alloc(8)
  word.writeUInt32LE(Math.imul(id, 0x9e3779b1) >>> 0, 0)
  word.writeUInt32LE(id, 4)
  bytes.fill(word)
  for (let at = 0; at + 4 <= size; at += 65_536) bytes.writeUInt32LE(at, at)
  return bytes
}
