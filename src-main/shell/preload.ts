// Runs in the sandboxed window before the page. The page reaches the appliance over app://local/api, so nothing needs to be exposed
// but the fact that this is the desktop.
import { contextBridge } from 'electron'

contextBridge.exposeInMainWorld('coffer', { shell: 'desktop' })
