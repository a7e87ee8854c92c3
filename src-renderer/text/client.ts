// What to say when a call got no proper answer.
export const texts = {
  unreachable: 'Coffer does not answer.',
  unreachableHint: 'It may be starting, or it was stopped. Check that it runs and that this device is on the same network.',
  notUnderstood: 'Coffer gave an answer that this page does not understand.',
  notUnderstoodHint: 'The page may be older than the program. Reload it.',
  refused: (status: number) => `Coffer refused the request (${status}).`,
  pageFault: 'Something in this page went wrong.',
  pageFaultHint: 'Reload the page. Nothing in the store was changed by this.',
} as const
