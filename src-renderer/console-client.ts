// The only caller of the contract in the page: one client, over the desktop's bridge where there is one, else over the network.
import './validation.ts'
import { desktopTransport, isDesktopBridge } from './transport/desktop-transport.ts'
import { makeConsoleClient } from './transport/make-console-client.ts'
import { networkTransport } from './transport/network-transport.ts'

export { ConsoleCallError, toCallError, type CallFaultCode } from './transport/make-console-client.ts'

const bridge: unknown = (globalThis as { readonly coffer?: unknown }).coffer
const client = makeConsoleClient(isDesktopBridge(bridge) ? desktopTransport(bridge) : networkTransport())

export const shell = client.shell
export const call = client.call
export const useSetUpCode = client.useSetUpCode
export const onSetUpCodeRefused = client.onSetUpCodeRefused
export const watchLive = client.watchLive
