// The only caller of the contract in the renderer.

export interface StoreState {
  readonly storeName: string | undefined
  readonly lifecycle: string
}

export async function readState(): Promise<StoreState> {
  const reply = await fetch('/api/state.get', { method: 'POST', headers: { 'content-type': 'application/json', 'x-coffer-csrf': '1' }, body: '{}' })
  if (!reply.ok) throw new Error(`state.get answered ${reply.status}`)
  return (await reply.json()) as StoreState
}
