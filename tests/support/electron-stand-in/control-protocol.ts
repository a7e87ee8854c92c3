// What a test may see and do of a program that runs on the stand-in. Types only; both processes import it.

export interface MenuItemFacts {
  readonly id: string | undefined
  readonly label: string
  readonly enabled: boolean
}

export interface DesktopSnapshot {
  readonly sandboxEnabled: boolean
  readonly schemes: readonly unknown[]
  readonly windows: readonly { readonly isVisible: boolean; readonly webPreferences: Readonly<Record<string, unknown>> }[]
  readonly windowsEver: number
  readonly tray: { readonly image: string; readonly tooltip: string; readonly menu: readonly MenuItemFacts[] } | undefined
  readonly applicationMenu: readonly string[]
  readonly notifications: readonly { readonly title: string; readonly body: string; readonly isOpen: boolean }[]
  readonly questions: readonly { readonly message: string; readonly detail: string; readonly buttons: readonly string[]; readonly defaultId: number; readonly cancelId: number }[]
  readonly clipboard: string
  /** Where the page tried to go, open or load, and was not let. */
  readonly refused: readonly string[]
  readonly saved: readonly { readonly name: string; readonly sizeBytes: number }[]
}

/** One method per request; input and output are plain data. */
export interface DesktopControls {
  snapshot(input: undefined): DesktopSnapshot
  /** Chromium's debugging address. */
  browser(input: undefined): string
  clickMenu(input: { readonly id: string }): undefined
  clickTray(input: undefined): undefined
  clickNotification(input: { readonly title: string }): undefined
  closeWindow(input: undefined): undefined
  blurWindow(input: undefined): undefined
  setDark(input: { readonly isDark: boolean }): undefined
  /** The button that the next question is answered with; without, people close it. */
  answerNext(input: { readonly button: string }): undefined
  requestPermission(input: { readonly permission: string; readonly url: string; readonly isMainFrame: boolean; readonly mediaTypes?: readonly string[] }): boolean
}

export interface ControlRequest {
  readonly id: number
  readonly name: keyof DesktopControls
  readonly input: unknown
}
export interface ControlReply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}
