// Everything of the stand-in that is not a window: app, tray, menus, notifications, dialogs, clipboard.
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const userData = process.env['STAND_IN_USER_DATA'] ?? ''
if (userData === '') throw new Error('STAND_IN_USER_DATA names the folder of this user')
mkdirSync(userData, { recursive: true })

const lockFile = join(userData, 'instance')
const secondPrefix = 'second-instance-'

class App extends EventEmitter {
  readonly isPackaged = false
  sandboxEnabled = false
  /** Set by whoever has something to end with the process. */
  readonly closers: (() => Promise<void>)[] = []
  #isReady = false
  #isQuitting = false
  #hasLock = false
  #watch: NodeJS.Timeout | undefined
  readonly #ready = Promise.withResolvers<void>()

  becomeReady(): void {
    if (this.#isQuitting) return
    this.#isReady = true
    this.emit('ready')
    this.#ready.resolve()
  }

  isReady(): boolean {
    return this.#isReady
  }

  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready')
    this.sandboxEnabled = true
  }

  setAppUserModelId(_id: string): void {
    // Means something on Windows only.
  }

  getPath(name: string): string {
    if (name !== 'userData') throw new Error(`the stand-in has no path ${name}`)
    return userData
  }

  /** One process per user folder; the others leave their arguments with the first. */
  requestSingleInstanceLock(): boolean {
    const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : 0
    if (holder !== 0 && isAlive(holder)) {
      writeFileSync(join(userData, `${secondPrefix}${process.pid}`), '')
      return false
    }
    writeFileSync(lockFile, String(process.pid))
    this.#hasLock = true
    this.#watch = setInterval(() => { this.#noticeOthers() }, 50)
    return true
  }

  #noticeOthers(): void {
    for (const name of readdirSync(userData).filter((entry) => entry.startsWith(secondPrefix))) {
      rmSync(join(userData, name))
      this.emit('second-instance', {}, [], userData)
    }
  }

  quit(): void {
    if (!this.#isReady) {
      this.exit(0)
      return
    }
    let isPrevented = false
    this.emit('before-quit', { preventDefault: () => { isPrevented = true } })
    if (!isPrevented) this.exit(0)
  }

  exit(code: number): void {
    if (this.#isQuitting) return
    this.#isQuitting = true
    clearInterval(this.#watch)
    if (this.#hasLock) rmSync(lockFile, { force: true })
    void Promise.allSettled(this.closers.map((close) => close())).then(() => process.exit(code))
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export const app = new App()
export const powerMonitor = new EventEmitter()

class NativeTheme extends EventEmitter {
  shouldUseDarkColors = false
}
export const nativeTheme = new NativeTheme()

export interface StandInImage {
  readonly path: string
}
export const nativeImage = {
  /** Electron gives an empty image for a file that is not there, and shows nothing; here it is a fault. */
  createFromPath: (path: string): StandInImage => {
    if (!existsSync(path)) throw new Error(`no image at ${path}`)
    return { path }
  },
}

export interface MenuTemplateItem {
  readonly id?: string
  readonly label?: string
  readonly role?: string
  readonly type?: string
  readonly enabled?: boolean
  readonly click?: () => void
  readonly submenu?: readonly MenuTemplateItem[]
}

export class Menu {
  static applicationMenu: Menu | undefined
  readonly items: readonly MenuTemplateItem[]

  constructor(items: readonly MenuTemplateItem[]) {
    this.items = items
  }

  static buildFromTemplate(items: readonly MenuTemplateItem[]): Menu {
    return new Menu(items)
  }

  static setApplicationMenu(menu: Menu): void {
    Menu.applicationMenu = menu
  }
}

export class Tray extends EventEmitter {
  static shown: Tray | undefined
  image: StandInImage
  tooltip = ''
  menu: Menu | undefined

  constructor(image: StandInImage) {
    super()
    this.image = image
    Tray.shown = this
  }

  setImage(image: StandInImage): void {
    this.image = image
  }

  setToolTip(text: string): void {
    this.tooltip = text
  }

  setContextMenu(menu: Menu): void {
    this.menu = menu
  }

  destroy(): void {
    if (Tray.shown === this) Tray.shown = undefined
  }
}

export class Notification extends EventEmitter {
  static readonly all: Notification[] = []
  readonly title: string
  readonly body: string
  isOpen = false

  constructor({ title, body }: { readonly title: string; readonly body: string }) {
    super()
    this.title = title
    this.body = body
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    this.isOpen = true
    Notification.all.push(this)
  }

  close(): void {
    this.isOpen = false
  }
}

interface Question {
  readonly message: string
  readonly detail: string
  readonly buttons: readonly string[]
  readonly defaultId: number
  readonly cancelId: number
}

export const asked: Question[] = []
export const answers: string[] = []

export const dialog = {
  showMessageBox: async (question: Question): Promise<{ response: number }> => {
    asked.push(question)
    const answer = answers.shift()
    const chosen = answer === undefined ? question.cancelId : question.buttons.indexOf(answer)
    if (chosen < 0) throw new Error(`the question has no button ${answer ?? 'to close it'}`)
    return { response: chosen }
  },
  /** The program may end right after it, so that the test reads it from the output. */
  showErrorBox: (title: string, content: string): void => { process.stderr.write(`error box: ${title}: ${content}\n`) },
}

let clipboardText = ''
export const clipboard = {
  readText: async (): Promise<string> => clipboardText,
  writeText: async (text: string): Promise<void> => { clipboardText = text },
}
export const readClipboard = (): string => clipboardText
