// A name of an object as the file name of a download (RFC 6266, RFC 8187): whatever the name holds, no header and no file system is led
// astray, and what people see is what is saved.

const fileNameCharactersMax = 150
/** Controls, separators, what Windows reserves, and marks that turn the direction of text, so that `gpj.exe` does not read as a picture. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"*/:<>?\\|]/gu

/** The last part of the name, harmless as the name of a file. Never empty. */
export function toFileName(objectName: string): string {
  const last = objectName.toWellFormed().split('/').filter((part) => part !== '').at(-1) ?? ''
  const plain = last.replaceAll(unsafe, '_').replace(/^[.\s]+/u, '_').replace(/[.\s]+$/u, '')
  return shorten(plain === '' ? 'download' : plain)
}

export function formatContentDisposition(kind: 'attachment' | 'inline', objectName: string): string {
  const name = toFileName(objectName)
  const ascii = name.replaceAll(/[^\x20-\x7e]|[%]/gu, '_')
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`
}

/** RFC 8187 §3.2.1: all but attr-char. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Keeps the ending: it says which program opens the file. */
function shorten(name: string): string {
  const characters = [...name]
  if (characters.length <= fileNameCharactersMax) return name
  const ending = /\.[^.]{1,20}$/u.exec(name)?.[0] ?? ''
  return characters.slice(0, fileNameCharactersMax - [...ending].length).join('') + ending
}
