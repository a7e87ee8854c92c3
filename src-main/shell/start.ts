// Starts the desktop: the same appliance that runs headless elsewhere, once Electron is ready.
import { app, dialog, protocol } from 'electron'
import { launch } from '../appliance/index.ts'
import { readDesktopArguments } from './desktop-arguments.ts'
import { Desktop } from './desktop.ts'
import { shellTexts } from './shell-texts.ts'

export interface DesktopParts {
  readonly argv: readonly string[]
  /** Where the built entry is: the page, the preload and the icons are found from there. */
  readonly entryFolder: string
}

/** The name by which Windows knows whose notifications they are; the installer's too. */
const applicationId = 'org.coffer.desktop'

/**
 * Call while the entry is evaluated: schemes can only be registered then. It returns at once, since Electron is not ready before the entry
 * has been evaluated to its end: whoever awaits readiness there waits for ever.
 */
export function startDesktop(parts: DesktopParts): void {
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }])
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.setAppUserModelId(applicationId)
  app.whenReady().then(() => run(parts)).catch((error: unknown) => { explainFailure(error instanceof Error ? error.message : 'unknown reason', 1) })
}

async function run({ argv, entryFolder }: DesktopParts): Promise<void> {
  const started = await launch(readDesktopArguments(argv, app.isPackaged))
  if (started.appliance === undefined) explainFailure(started.problem, started.exitCode)
  else new Desktop(started.appliance, entryFolder).open()
}

/** Most people start it from an icon and see no terminal. */
function explainFailure(problem: string, exitCode: number): void {
  process[exitCode === 0 ? 'stdout' : 'stderr'].write(`${problem}\n`)
  if (exitCode !== 0) dialog.showErrorBox(shellTexts.notStarted, problem)
  app.exit(exitCode)
}
