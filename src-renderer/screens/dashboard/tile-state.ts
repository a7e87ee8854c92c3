// How every tile of the dashboard stands: its part of the live report is here, still coming, or did not come.
export type TileState = 'normal' | 'loading' | 'error'

/** `waitedMs`: since the screen was opened; the line brings everything at once, so a part that is missing for long was not read. */
export function chooseTileState(isHere: boolean, waitedMs: number): TileState {
  if (isHere) return 'normal'
  return waitedMs < 5000 ? 'loading' : 'error'
}
