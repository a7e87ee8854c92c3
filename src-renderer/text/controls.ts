// Texts of controls that have no screen of their own.
export const texts = {
  show: 'Show',
  hide: 'Hide',
  hidden: 'Hidden',
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Try again',
  loading: 'Reading',
  notRead: 'This could not be read.',
  copy: 'Copy',
  copyWhat: (what: string) => `Copy: ${what}`,
  copied: 'Copied.',
  secretCopied: 'Copied. The clipboard is cleared in 30 s.',
  notCopied: 'The browser did not allow copying. Select the text and copy it by hand.',
  showCommand: 'Show command',
  details: 'Details',
} as const
