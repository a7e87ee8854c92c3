// Where in the page one is; kept in the fragment, so that the browser's own back and forward work.
import { formatRoute, parseRoute } from './parse-route.ts'

class Route {
  #parsed = $state.raw(parseRoute(location.hash))

  constructor() {
    addEventListener('hashchange', () => {
      this.#parsed = parseRoute(location.hash)
    })
  }

  /** Decoded, for example `/buckets/photos/2019/`. */
  get path(): string {
    return this.#parsed.path
  }

  get segments(): readonly string[] {
    return this.#parsed.segments
  }
}

export const route = new Route()

/** `go('/drives')`, `go('/buckets', name, prefix)`: the first part as it is, the others encoded. */
export function go(path: string, ...segments: readonly string[]): void {
  location.hash = hrefTo(path, ...segments)
}

/** For links. */
export function hrefTo(path: string, ...segments: readonly string[]): string {
  return segments.length === 0 ? `#${path}` : formatRoute(path.replace(/^\//, ''), ...segments)
}
