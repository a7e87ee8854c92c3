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
    ...nextSteps(view, setUpCode).map((line) => `  ${line}`),
    '',
  ]
  return lines.join('\n')
}

function nextSteps(view: ApplianceView, setUpCode: string): string[] {
  if (view.tooFewDrives) return [`${view.drivesFound} of ${view.drivesExpected} drives are here, too few to open the store. Connect more; they are noticed within seconds.`]
  switch (view.lifecycle.state) {
    case 'fresh':
      return ['No store yet. In another terminal:  npm run coffer -- setup', `Set-up code, when asked for on another machine:  ${setUpCode}`]
    case 'unverified':
      return ['The shares were never proven. Prove them with:  npm run coffer -- unseal']
    default:
      return ['The store is sealed. Open it with:  npm run coffer -- unseal']
  }
}
