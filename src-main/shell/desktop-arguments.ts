// Which of the process's arguments are Coffer's own. Pure.

/** Meant for Chromium, which has read them already. */
const chromiumSwitch = /^--(no-sandbox|disable-gpu|ozone-platform|ozone-platform-hint|enable-features|disable-features|force-device-scale-factor|lang|password-store|user-data-dir|inspect|remote-debugging-port)(=|$)/

/** An installed program is called by itself; in a checkout Electron is called with the entry. */
export function readDesktopArguments(argv: readonly string[], isPackaged: boolean): string[] {
  return argv.slice(isPackaged ? 1 : 2).filter((argument) => !chromiumSwitch.test(argument))
}
