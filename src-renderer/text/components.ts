// Texts of the product's own components.
export const texts = {
  notKnown: 'not known yet',
  bytes: (count: string) => `${count} bytes`,
  needsOpen: 'This needs the store open',
  needsOpenMore: 'It is sealed now. Enough key shares open it.',
  unseal: 'Unseal',
  showCommand: 'Show command',
  onThisMachine: 'The same on the machine itself:',
  qrOf: (what: string) => `QR code: ${what}`,
  generate: 'Make one',
} as const
