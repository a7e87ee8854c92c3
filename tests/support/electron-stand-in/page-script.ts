// What runs in the page before anything else: `electron` for the built preload, and addresses as the page knows them from the desktop.
// In Electron the preload has a world of its own; here it shares the page's, so that the isolation itself is not tested.

export interface PageScriptParts {
  readonly preloadSource: string
  readonly invokeName: string
  readonly deliverName: string
  readonly downloadName: string
  readonly appOrigin: string
  readonly httpOrigin: string
}

export function toPageScript({ preloadSource, invokeName, deliverName, downloadName, appOrigin, httpOrigin }: PageScriptParts): string {
  const text = (value: string): string => JSON.stringify(value)
  return `(() => {
    const toHttp = (input) => typeof input === 'string' ? input.replace(${text(appOrigin)}, ${text(httpOrigin)}) : input
    const fetchOfPage = window.fetch.bind(window)
    window.fetch = (input, init) => fetchOfPage(toHttp(input), init)
    const open = XMLHttpRequest.prototype.open
    XMLHttpRequest.prototype.open = function (method, url, ...rest) { return open.call(this, method, toHttp(String(url)), ...rest) }
    if (window !== window.top) return
    const invoke = window[${text(invokeName)}]
    const mayDownload = window[${text(downloadName)}]
    // Chromium's downloads from links pass by every interception: asked for and fetched here instead; saving them is the browser's own.
    addEventListener('click', (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[download]') : null
      if (link === null || link.protocol === 'blob:') return
      event.preventDefault()
      void mayDownload(link.href).then(async (isAllowed) => {
        if (!isAllowed) return
        const reply = await fetchOfPage(link.href)
        void mayDownload(link.href, { name: link.download, sizeBytes: (await reply.blob()).size })
      })
    }, true)
    const listeners = new Map()
    Object.defineProperty(window, ${text(deliverName)}, { value: (channel, ...args) => { for (const listener of listeners.get(channel) ?? []) listener({}, ...args) } })
    const electron = {
      contextBridge: { exposeInMainWorld: (name, value) => { Object.defineProperty(window, name, { value: Object.freeze(value), enumerable: true }) } },
      ipcRenderer: {
        invoke: (channel, ...args) => invoke(channel, args),
        on: (channel, listener) => { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]) },
      },
    }
    const require = (name) => { if (name === 'electron') return electron; throw new Error('a sandboxed preload cannot require ' + name) }
    ;((require, module, exports) => { ${preloadSource}
    })(require, { exports: {} }, {})
  })()`
}
