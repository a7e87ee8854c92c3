// The main process's end of the bridge: registers the channels of the map and keeps each window's live messages.
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import type { Appliance } from '../appliance/index.ts'
import { answerCall, readLiveAsk } from './ipc-answers.ts'
import { callChannel, liveChannel, type IpcCalls, type IpcEvents } from './ipc-map.ts'
import type { FrameFacts } from './page-rights.ts'

type Reply<Channel extends keyof IpcCalls> = ReturnType<IpcCalls[Channel]> | Promise<ReturnType<IpcCalls[Channel]>>

function handle<Channel extends keyof IpcCalls>(channel: Channel, answer: (event: IpcMainInvokeEvent, message: unknown) => Reply<Channel>): void {
  ipcMain.handle(channel, (event, message: unknown) => answer(event, message))
}

function tell<Channel extends keyof IpcEvents>(contents: WebContents, channel: Channel, message: IpcEvents[Channel]): void {
  if (!contents.isDestroyed()) contents.send(channel, message)
}

/** Undefined: the frame is gone. */
function readFrame({ senderFrame, sender }: IpcMainInvokeEvent): FrameFacts | undefined {
  return senderFrame === null ? undefined : { url: senderFrame.url, isMainFrame: senderFrame === sender.mainFrame }
}

export function openIpc(appliance: Pick<Appliance, 'call' | 'watchLive'>): void {
  const watches = new Map<WebContents, () => void>()
  const followed = new WeakSet<WebContents>()
  const end = (contents: WebContents): void => {
    watches.get(contents)?.()
    watches.delete(contents)
  }
  handle(callChannel, (event, message) => answerCall(readFrame(event), message, appliance.call))
  handle(liveChannel, (event, message) => {
    const asked = readLiveAsk(readFrame(event), message)
    const { sender } = event
    if (asked === undefined) return undefined
    if (!followed.has(sender)) sender.once('destroyed', () => { end(sender) })
    followed.add(sender)
    end(sender)
    if (asked.watch) watches.set(sender, appliance.watchLive((told) => { tell(sender, liveChannel, told) }))
    return undefined
  })
}
