// What is printed where the program was started: where it answers and the one thing to do next. No secret but the set-up code, which is
// meant for whoever stands at this machine.
import type { ApplianceView } from './appliance.ts'

export interface BannerFacts {
  readonly view: ApplianceView
  readonly endpoints: { readonly s3: string; readonly console: string }
  readonly setUpCode: string
  readonly authorityFile: string
  readonly stateFolder: string
}

export function formatBanner({ view, endpoints, setUpCode, authorityFile, stateFolder }: BannerFacts): string {
  const name = view.keystore?.storeName
  const lines = [
    `Coffer${name === undefined || name === '' ? '' : ` "${name}"`} is running. Stop it with Ctrl-C.`,
    '',
    `  Console      ${endpoints.console}`,
    `  S3           ${endpoints.s3}`,
    `  Certificate  ${authorityFile} (what clients have to trust)`,
    `  State        ${stateFolder}`,
    '',
    ...nextSteps(view, endpoints.console, setUpCode).map((line) => `  ${line}`),
    '',
  ]
  return lines.join('\n')
}

function nextSteps(view: ApplianceView, consoleUrl: string, setUpCode: string): string[] {
  if (view.tooFewDrives) return [`${view.drivesFound} of ${view.drivesExpected} drives are here, too few to open the store. Connect more; they are noticed within seconds.`]
  switch (view.lifecycle.state) {
    case 'fresh':
      return [`No store yet. Set one up in a browser:  ${consoleUrl}`, `The page asks for this set-up code:  ${setUpCode}`, 'Or in another terminal:  npm run coffer -- setup']
    case 'unverified':
      return [`The shares were never proven. Prove them in a browser (set-up code ${setUpCode}):  ${consoleUrl}`, 'Or with:  npm run coffer -- unseal']
    default:
      return [`The store is sealed. Open it in a browser:  ${consoleUrl}`, 'Or with:  npm run coffer -- unseal']
  }
}
