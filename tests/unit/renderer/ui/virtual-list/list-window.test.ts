import { describe, expect, it } from 'vitest'
import { chooseActiveRow, computeListHeightPx, computeListWindow, computeScrollTopPx, listHeightMaxPx } from '../../../../../src-renderer/ui/virtual-list/list-window.ts'
import { seededNumbers } from '../../../../support/seeded-numbers.ts'

const overscan = 5

describe('the rows of a long list that are drawn', () => {
  it('are none while there is no list or no room', () => {
    expect(computeListWindow({ rowCount: 0, rowPx: 36, viewportPx: 500 }, 0, overscan)).toEqual({ first: 0, end: 0, offsetPx: 0 })
    expect(computeListWindow({ rowCount: 10, rowPx: 36, viewportPx: 0 }, 0, overscan)).toEqual({ first: 0, end: 0, offsetPx: 0 })
  })

  it('stay within the list when it became shorter than the scroll position', () => {
    const shown = computeListWindow({ rowCount: 10, rowPx: 36, viewportPx: 500 }, 90_000, overscan)
    expect(shown.first).toBe(0)
    expect(shown.end).toBe(10)
  })

  it('cover the view at any position, and are few', () => {
    const random = seededNumbers(3)
    for (let round = 0; round < 2000; round++) {
      const metrics = { rowCount: Math.ceil(random() * 2_000_000), rowPx: 36, viewportPx: 200 + Math.floor(random() * 900) }
      const heightPx = computeListHeightPx(metrics)
      const scrollTopPx = random() * Math.max(0, heightPx - metrics.viewportPx)
      const { first, end, offsetPx } = computeListWindow(metrics, scrollTopPx, overscan)
      expect(offsetPx).toBeLessThanOrEqual(scrollTopPx + 0.001)
      expect(offsetPx + (end - first) * metrics.rowPx).toBeGreaterThanOrEqual(Math.min(scrollTopPx + metrics.viewportPx, heightPx) - 0.001)
      expect(end - first).toBeLessThanOrEqual(Math.ceil(metrics.viewportPx / metrics.rowPx) + 1 + 2 * overscan)
    }
  })

  it('reach the last row of a list that is higher than a browser can place', () => {
    const metrics = { rowCount: 1_000_000, rowPx: 36, viewportPx: 700 }
    expect(computeListHeightPx(metrics)).toBe(listHeightMaxPx)
    expect(computeListWindow(metrics, listHeightMaxPx - 700, overscan).end).toBe(1_000_000)
    expect(computeListWindow(metrics, 0, overscan).first).toBe(0)
  })
})

describe('bringing a row into view', () => {
  it('moves nothing when it is already there', () => {
    expect(computeScrollTopPx({ rowCount: 100, rowPx: 36, viewportPx: 360 }, 360, 12)).toBe(360)
  })

  it('ends with the row in view, in lists of any length', () => {
    const random = seededNumbers(4)
    for (let round = 0; round < 2000; round++) {
      const metrics = { rowCount: 50 + Math.ceil(random() * 1_500_000), rowPx: 36, viewportPx: 400 }
      const index = Math.floor(random() * metrics.rowCount)
      const from = random() * (computeListHeightPx(metrics) - 400)
      const scrollTopPx = computeScrollTopPx(metrics, from, index)
      const { first, end, offsetPx } = computeListWindow(metrics, scrollTopPx, 1)
      expect(index).toBeGreaterThanOrEqual(first)
      expect(index).toBeLessThan(end)
      const rowTop = offsetPx + (index - first) * metrics.rowPx
      expect(rowTop).toBeGreaterThanOrEqual(scrollTopPx - 0.01)
      expect(rowTop + metrics.rowPx).toBeLessThanOrEqual(scrollTopPx + 400.01)
    }
  })
})

describe('the keyboard in a long list', () => {
  const metrics = { rowCount: 100, rowPx: 36, viewportPx: 360 }

  it('leaves other keys alone and never leaves the list', () => {
    expect(chooseActiveRow('Enter', 4, metrics)).toBeUndefined()
    expect(chooseActiveRow('ArrowUp', 0, metrics)).toBe(0)
    expect(chooseActiveRow('ArrowDown', 99, metrics)).toBe(99)
    expect(chooseActiveRow('PageDown', 97, metrics)).toBe(99)
    expect(chooseActiveRow('PageUp', 3, metrics)).toBe(0)
  })

  it('begins at the first row, and moves by one, by a page, to the ends', () => {
    expect(chooseActiveRow('ArrowDown', -1, metrics)).toBe(0)
    expect(chooseActiveRow('ArrowDown', 4, metrics)).toBe(5)
    expect(chooseActiveRow('PageDown', 10, metrics)).toBe(19)
    expect(chooseActiveRow('Home', 50, metrics)).toBe(0)
    expect(chooseActiveRow('End', 50, metrics)).toBe(99)
  })
})
