// Runs in the sandboxed window before the page, apart from it: gives the page two functions and nothing of Electron.
import { contextBridge, ipcRenderer } from 'electron'
import { callChannel, liveChannel, type CallReply, type CofferBridge, type IpcCalls, type IpcEvents } from './ipc-map.ts'

function ask<Channel extends keyof IpcCalls>(channel: Channel, message: Parameters<IpcCalls[Channel]>[0]): Promise<ReturnType<IpcCalls[Channel]>> {
  // The main process answers by the same map.
  return ipcRenderer.invoke(channel, message) as Promise<ReturnType<IpcCalls[Channel]>>
}

type LiveListener = (message: IpcEvents[typeof liveChannel]) => void
const listeners = new Set<LiveListener>()

ipcRenderer.on(liveChannel, (_event, message: IpcEvents[typeof liveChannel]) => {
  for (const listener of listeners) listener(message)
})

const bridge: CofferBridge = {
  shell: 'desktop',
  call: (name, input): Promise<CallReply> => ask(callChannel, { name: String(name), input }),
  onLive: (listener) => {
    // A wrapper of its own, so that the same function given twice is two listeners.
    const own: LiveListener = (message) => { listener(message) }
    listeners.add(own)
    void ask(liveChannel, { watch: true })
    return () => {
      listeners.delete(own)
      if (listeners.size === 0) void ask(liveChannel, { watch: false })
    }
  },
}

contextBridge.exposeInMainWorld('coffer', bridge)
