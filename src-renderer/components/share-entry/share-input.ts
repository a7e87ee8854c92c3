// What people bring as a share, before it is sent. The keystore understands every form; here only gaps are evened out. Pure but for reading.
import { shareCharactersMax } from '../../../src-main/contract/unseal.ts'

/** Any gap is one space: line breaks of a pasted card separate its groups and words. */
export function normaliseShare(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trimStart()
}

/** What is used of a File. */
interface TextFile {
  readonly size: number
  text(): Promise<string>
}

export async function readCardFile(file: TextFile): Promise<{ readonly text: string } | { readonly fault: 'too-large' | 'not-read' }> {
  if (file.size > shareCharactersMax) return { fault: 'too-large' }
  try {
    return { text: await file.text() }
  } catch {
    return { fault: 'not-read' }
  }
}
