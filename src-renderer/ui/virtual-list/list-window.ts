// Which rows of a long list are drawn, where, and where the keyboard goes. Pure.

/** Browsers stop placing things somewhere above 17 million pixels; longer lists are scrolled in proportion. */
export const listHeightMaxPx = 12_000_000

export interface ListMetrics {
  readonly rowCount: number
  readonly rowPx: number
  readonly viewportPx: number
}

export interface ListWindow {
  /** Rows from `first` up to, not including, `end` are drawn. */
  readonly first: number
  readonly end: number
  /** Where row `first` begins. */
  readonly offsetPx: number
}

export function computeListHeightPx({ rowCount, rowPx }: ListMetrics): number {
  return Math.min(rowCount * rowPx, listHeightMaxPx)
}

/** `overscan`: rows drawn beyond both ends of the view, so that a scroll shows rows and not a gap. */
export function computeListWindow(metrics: ListMetrics, scrollTopPx: number, overscan: number): ListWindow {
  const { rowCount, rowPx, viewportPx } = metrics
  if (rowCount === 0 || viewportPx <= 0) return { first: 0, end: 0, offsetPx: 0 }
  const topPx = toContentTopPx(metrics, scrollTopPx)
  const first = Math.max(0, Math.min(rowCount - 1, Math.floor(topPx / rowPx)) - overscan)
  const end = Math.min(rowCount, Math.ceil((topPx + viewportPx) / rowPx) + overscan)
  return { first, end, offsetPx: scrollTopPx - topPx + first * rowPx }
}

/** The scroll position at which the row is in view, moving no more than needed. */
export function computeScrollTopPx(metrics: ListMetrics, scrollTopPx: number, index: number): number {
  const { rowCount, rowPx, viewportPx } = metrics
  const at = Math.max(0, Math.min(rowCount - 1, index))
  const topPx = toContentTopPx(metrics, scrollTopPx)
  if (at * rowPx < topPx) return toScrollTopPx(metrics, at * rowPx)
  if ((at + 1) * rowPx > topPx + viewportPx) return toScrollTopPx(metrics, (at + 1) * rowPx - viewportPx)
  return scrollTopPx
}

/** Where a key takes the active row; undefined: not a key of the list. -1 stands for none yet. */
export function chooseActiveRow(key: string, active: number, { rowCount, rowPx, viewportPx }: ListMetrics): number | undefined {
  const last = rowCount - 1
  const page = Math.max(1, Math.floor(viewportPx / rowPx) - 1)
  const within = (index: number): number => Math.max(0, Math.min(last, index))
  switch (key) {
    case 'ArrowDown':
      return within(active + 1)
    case 'ArrowUp':
      return within(active < 0 ? last : active - 1)
    case 'PageDown':
      return within(active + page)
    case 'PageUp':
      return within(active - page)
    case 'Home':
      return within(0)
    case 'End':
      return within(last)
    default:
      return undefined
  }
}

function toContentTopPx(metrics: ListMetrics, scrollTopPx: number): number {
  const fullPx = metrics.rowCount * metrics.rowPx
  const shownPx = computeListHeightPx(metrics)
  const lastTopPx = Math.max(0, fullPx - metrics.viewportPx)
  const top = Math.max(0, scrollTopPx)
  if (fullPx <= shownPx) return Math.min(top, lastTopPx)
  return Math.min(lastTopPx, (top / (shownPx - metrics.viewportPx)) * lastTopPx)
}

function toScrollTopPx(metrics: ListMetrics, contentTopPx: number): number {
  const fullPx = metrics.rowCount * metrics.rowPx
  const shownPx = computeListHeightPx(metrics)
  if (fullPx <= shownPx) return Math.max(0, contentTopPx)
  return Math.max(0, (contentTopPx / (fullPx - metrics.viewportPx)) * (shownPx - metrics.viewportPx))
}
