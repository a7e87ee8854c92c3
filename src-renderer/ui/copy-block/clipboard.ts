// Copying, and forgetting again: a secret stays on the clipboard for 30 s at most.
export const secretOnClipboardMs = 30_000

/** Of the last secret that was copied; a later copy takes its place. */
let forget: ReturnType<typeof setTimeout> | undefined

/** False: the browser did not let us. */
export async function copyText(text: string, isSecret: boolean): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    return false
  }
  clearTimeout(forget)
  if (isSecret) forget = setTimeout(() => void clearClipboard(text), secretOnClipboardMs)
  return true
}

/** Where the page may look, only if the secret is still there; else in any case. Needs the focus: if the page lacks it, when it comes back. */
async function clearClipboard(secret: string): Promise<void> {
  if (!document.hasFocus()) {
    window.addEventListener('focus', () => void clearClipboard(secret), { once: true })
    return
  }
  if ((await mayRead()) && (await navigator.clipboard.readText().catch(() => secret)) !== secret) return
  await navigator.clipboard.writeText('').catch(() => undefined)
}

async function mayRead(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'clipboard-read' as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}
