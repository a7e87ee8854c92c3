// Texts of share cards: on screen, on paper and in files.
const nameOfCard = (number: number, count: number, label: string): string =>
  label === '' ? `Card ${number} of ${count}` : `Card ${number} of ${count}: ${label}`

export const texts = {
  nameOfCard,
  fileHeading: 'Coffer key share',
  fileStore: (name: string, id: string) => `Store: ${name} (${id})`,
  fileCard: nameOfCard,
  fileRule: (threshold: number, count: number, generation: number) =>
    `${threshold === count ? `All ${count}` : `Any ${threshold} of the ${count}`} cards together open the store. Generation ${generation}.`,
  fileWords: 'The same as words:',
  fileBase64: 'The same as base64, for programs that speak Vault:',
  fileKeep: 'Keep this card apart from the others and away from the machine. Whoever holds enough cards can read everything.',
  code: 'Card code',
  words: 'Words',
  base64: 'Base64',
  hex: 'Hex',
  forms: 'Forms of this share',
  hiddenCard: 'The card is hidden.',
  reveal: 'Reveal',
  hide: 'Hide',
  print: 'Print',
  save: 'Save as file',
  copy: 'Copy',
  qr: 'the card code',
  printWarning: 'Printers and print servers may keep what they print. A printer at this machine is safest.',
  copied: 'Copied. The clipboard is cleared in 30 s.',
  notCopied: 'The browser did not allow copying. Reveal the card and copy it by hand.',
  saved: (name: string) => `Saved as ${name} where your browser keeps downloads. Move it off this machine.`,
  facts: (id: string, generation: number) => `Store ${id} · generation ${generation}`,
} as const
