// Short notices that go away by themselves, some with a way back (undo).
export interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: 'info' | 'critical'
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
}

const plainMs = 5_000
/** Long enough to change one's mind. */
const withActionMs = 10_000
const toastsMax = 4

let nextId = 1
const shown = $state<Toast[]>([])

export const toasts: readonly Toast[] = shown

export function showToast(text: string, options: Omit<Toast, 'id' | 'text' | 'kind'> & { readonly kind?: Toast['kind'] } = {}): void {
  const toast: Toast = { id: nextId++, text, kind: options.kind ?? 'info', action: options.action }
  shown.push(toast)
  if (shown.length > toastsMax) shown.shift()
  setTimeout(() => dismissToast(toast.id), toast.action === undefined ? plainMs : withActionMs)
}

export function dismissToast(id: number): void {
  const at = shown.findIndex((toast) => toast.id === id)
  if (at >= 0) shown.splice(at, 1)
}
