// The icon in the tray and the same menu in the application's own menu bar, for desktops without a tray.
import { join } from 'node:path'
import { Menu, nativeImage, nativeTheme, Tray, type MenuItemConstructorOptions, type NativeImage } from 'electron'
import type { SeenShape } from '../contract/appliance-state.ts'
import { shellTexts } from './shell-texts.ts'
import type { MenuEntry, ShellAction, TrayView } from './tray-view.ts'

export interface ShownTray {
  show(view: TrayView): void
  close(): void
}

export function openTray(resources: string, act: (action: ShellAction) => void): ShownTray {
  let shown: TrayView | undefined
  let tray: Tray | undefined
  const draw = (view: TrayView): void => {
    const image = readTrayImage(resources, view.shape)
    if (tray === undefined) {
      tray = new Tray(image)
      tray.on('click', () => { act('open') })
    } else tray.setImage(image)
    tray.setToolTip(view.tooltip)
    const entries = view.entries.map((entry) => toMenuItem(entry, act))
    tray.setContextMenu(Menu.buildFromTemplate(entries))
    Menu.setApplicationMenu(Menu.buildFromTemplate([{ label: shellTexts.menu, submenu: entries }, { role: 'editMenu' }, { label: shellTexts.view, submenu: zoomEntries }]))
  }
  const redraw = (): void => { if (shown !== undefined) draw(shown) }
  nativeTheme.on('updated', redraw)
  return {
    show: (view) => {
      if (JSON.stringify(view) === JSON.stringify(shown)) return
      shown = view
      draw(view)
    },
    close: () => {
      nativeTheme.off('updated', redraw)
      tray?.destroy()
    },
  }
}

const zoomEntries: MenuItemConstructorOptions[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }]

/** A name ending in `Template` lets macOS colour it; elsewhere the desktop's light or dark decides. */
function readTrayImage(resources: string, shape: SeenShape): NativeImage {
  const variant = process.platform === 'darwin' ? 'Template' : nativeTheme.shouldUseDarkColors ? '-dark' : '-light'
  return nativeImage.createFromPath(join(resources, 'tray', `${shape}${variant}.png`))
}

function toMenuItem(entry: MenuEntry, act: (action: ShellAction) => void): MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'line':
      return { label: entry.label, enabled: false }
    case 'separator':
      return { type: 'separator' }
    case 'action':
      return { id: entry.action, label: entry.label, enabled: entry.enabled, click: () => { act(entry.action) }, ...(entry.action === 'quit' ? { accelerator: 'CommandOrControl+Q' } : {}) }
  }
}
