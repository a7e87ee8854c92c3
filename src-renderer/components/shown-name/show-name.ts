// Names come from whoever wrote the object: any text. What can't be seen, or changes how the rest is read, is shown as a mark instead.

export interface NamePiece {
  readonly text: string
  /** Not as it is in the name: a mark that stands for a character. */
  readonly isMark: boolean
  /** Which character it is, for reading out and hovering: `U+202E`. */
  readonly code?: string
}

/**
 * Controls (C0, DEL, C1), characters that change direction, invisible ones (zero width, fillers, tags, variation selectors), line and paragraph
 * separators, halves of surrogate pairs, and spaces other than the plain one.
 */
const unseen =
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|\p{Surrogate}|[\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u // eslint-disable-line no-control-regex, no-misleading-character-class

/** The name in pieces, in its order; marks stand apart. */
export function showName(name: string): readonly NamePiece[] {
  // Nearly every name: nothing to look at one by one.
  if (!unseen.test(name) && !name.startsWith(' ') && !name.endsWith(' ')) return [{ text: name, isMark: false }]
  const pieces: NamePiece[] = []
  let plain = ''
  const chars = [...name]
  chars.forEach((char, index) => {
    // A space at an end is lost on the eye.
    const isEdgeSpace = char === ' ' && (index === 0 || index === chars.length - 1)
    if (!unseen.test(char) && !isEdgeSpace) {
      plain += char
      return
    }
    if (plain !== '') pieces.push({ text: plain, isMark: false })
    plain = ''
    pieces.push(toMark(char))
  })
  if (plain !== '') pieces.push({ text: plain, isMark: false })
  return pieces
}

/** For attributes and sentences, where there is no room for marks of their own. */
export function formatName(name: string): string {
  return showName(name).map((piece) => piece.text).join('') // prettier-ignore
}

function toMark(char: string): NamePiece {
  const point = char.codePointAt(0) ?? 0
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  // Unicode has an open box for a space. Its pictures of the controls are missing in many fonts.
  if (point === 0x20) return { text: '␣', isMark: true, code }
  return { text: `⟨${code}⟩`, isMark: true, code }
}
