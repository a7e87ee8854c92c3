// The stand-in for the module `electron`: what the shell uses of it, and nothing more. Windows are real pages of Chromium; the rest is
// kept for the test to look at. Where Electron refuses or throws, this does too.
export { app, clipboard, dialog, Menu, nativeImage, nativeTheme, Notification, powerMonitor, Tray } from './desktop.ts'
export { ipcMain, protocol, session } from './session.ts'
export { BrowserWindow } from './browser-window.ts'
