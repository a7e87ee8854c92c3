// Texts of the frame.
export const messages = {
  product: 'Coffer',
  loading: 'Reading the state of the store',
  notReachable: 'Coffer does not answer. It may be starting, or it was stopped.',
  lifecycle: 'State',
  useCommandLine: 'Set-up, unsealing and all else is done with the command line on this machine:',
} as const
