// Texts of signing in.
import { formatDuration } from './numbers.ts'

export const texts = {
  title: (storeName: string) => `Sign in to ${storeName}`,
  lead: 'The store is open. The operator’s password gives access to this console.',
  password: 'Operator password',
  signIn: 'Sign in',
  empty: 'Type the password.',
  wait: (seconds: number) => `Too many wrong entries. You can try again in ${formatDuration(seconds)}.`,
  waitMore: 'Entering shares and S3 clients are not affected.',
  forgotten: 'Forgotten the password?',
  forgottenHow: 'Set a new one on the machine where Coffer runs. Nothing stored is touched.',
  forgottenCommand: 'coffer operator password',
} as const
