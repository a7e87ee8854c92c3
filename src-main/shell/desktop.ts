// The appliance as seen on a desktop: its window, its tray, its notifications, and what their buttons do.
import { join } from 'node:path'
import { app, clipboard, powerMonitor, type BrowserWindow, type Session } from 'electron'
import type { Appliance } from '../appliance/index.ts'
import type { StateReport } from '../contract/state.ts'
import { answerAppRequest } from './app-files.ts'
import { ask } from './ask.ts'
import { openIpc } from './ipc.ts'
import { openNotifier, type Notifier } from './notifier.ts'
import { shellTexts } from './shell-texts.ts'
import { isFirstTelling } from './told-once.ts'
import { decideTrayView, type ShellAction } from './tray-view.ts'
import { openTray } from './tray.ts'
import { openLockedSession, openWindow } from './window.ts'

export class Desktop {
  readonly #appliance: Appliance
  readonly #entryFolder: string
  readonly #resources: string
  readonly #notifier: Notifier
  #session: Session | undefined
  #window: BrowserWindow | undefined
  #report: StateReport | undefined
  #stopping = false

  constructor(appliance: Appliance, entryFolder: string) {
    this.#appliance = appliance
    this.#entryFolder = entryFolder
    this.#resources = join(entryFolder, '../../resources')
    this.#notifier = openNotifier(() => { this.#show() })
  }

  open(): void {
    const rendererFolder = join(this.#entryFolder, '../renderer')
    this.#session = openLockedSession((request) => answerAppRequest(this.#appliance, rendererFolder, request))
    openIpc(this.#appliance)
    const tray = openTray(this.#resources, (action) => { void this.#act(action) })
    tray.show(decideTrayView(undefined))
    this.#show()
    const endWatch = this.#appliance.watchLive((message) => {
      if (message.topic !== 'state') return
      // While the drives are read anew after sealing, the store's name is not known for a moment.
      this.#report = { ...(this.#report?.storeName === undefined ? {} : { storeName: this.#report.storeName }), ...message.value }
      tray.show(decideTrayView(this.#report))
      this.#notifier.follow(this.#report, this.#window?.isFocused() ?? false)
    })
    app.on('second-instance', () => { this.#show() })
    app.on('activate', () => { this.#show() })
    // Serving goes on without a window.
    app.on('window-all-closed', () => undefined)
    app.on('before-quit', (event) => { this.#stopInOrder(event, [endWatch, () => { this.#notifier.close() }, () => { tray.close() }]) })
    powerMonitor.on('shutdown', () => { app.quit() })
  }

  #show(): void {
    if (this.#session === undefined || this.#stopping) return
    if (this.#window !== undefined && !this.#window.isDestroyed()) {
      if (this.#window.isMinimized()) this.#window.restore()
      this.#window.show()
      this.#window.focus()
      return
    }
    const window = openWindow({
      session: this.#session,
      preload: join(this.#entryFolder, '../preload/index.cjs'),
      icon: join(this.#resources, 'app.png'),
      devTools: !app.isPackaged,
    })
    this.#window = window
    window.on('closed', () => {
      this.#window = undefined
      if (!this.#stopping && isFirstTelling(app.getPath('userData'), 'keeps-serving')) this.#notifier.say(shellTexts.keepsServing)
    })
  }

  async #act(action: ShellAction): Promise<void> {
    switch (action) {
      case 'open':
      case 'unseal':
        this.#show()
        return
      case 'copy-address':
        if (this.#report?.details !== undefined) await clipboard.writeText(this.#report.details.endpoints.s3)
        return
      case 'seal':
        if (!(await ask(shellTexts.sealQuestion(this.#report), shellTexts.sealNow))) return
        if ((await this.#appliance.call('seal', '{}')).status !== 200) this.#notifier.say(shellTexts.sealFailed)
        return
      case 'quit':
        if (await ask(shellTexts.quitQuestion(this.#report), shellTexts.quitNow)) app.quit()
        return
    }
  }

  /** The first request to quit is held up until the appliance has stopped. */
  #stopInOrder(event: { preventDefault(): void }, closers: readonly (() => void)[]): void {
    event.preventDefault()
    if (this.#stopping) return
    this.#stopping = true
    for (const close of closers) close()
    this.#appliance.stop().then(
      () => { app.exit(0) },
      (error: unknown) => {
        process.stderr.write(`Coffer did not stop in order: ${error instanceof Error ? error.message : 'unknown reason'}\n`)
        app.exit(1)
      },
    )
  }
}
