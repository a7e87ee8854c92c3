// Where the stand-in's pages live. Chromium does not know the scheme `app`; they are under an address that no request leaves the machine for.
export const httpOrigin = 'https://coffer-desktop.invalid'
export const appOrigin = 'app://local'

export const toHttpUrl = (url: string): string => url.replace(appOrigin, httpOrigin)
export const toAppUrl = (url: string): string => url.replace(httpOrigin, appOrigin)
