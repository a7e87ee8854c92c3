// Makes the PNG, ICO and ICNS files of the icons from resources/icons/*.svg. Run by hand after a drawing changed; needs rsvg-convert
// (Debian: librsvg2-bin). What it writes is committed, so that neither building nor packaging needs it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const source = (name) => join(root, 'resources/icons', `${name}.svg`)

/** PNG bytes of a drawing, its own colour replaced. */
function draw(name, size, colour = '#000000') {
  const svg = readFileSync(source(name), 'utf8').replaceAll('currentColor', colour)
  return execFileSync('rsvg-convert', ['--width', String(size), '--height', String(size), '--format', 'png'], { input: svg })
}

// Tray: on light panels dark, on dark panels light; macOS colours the templates itself. Sizes in points, each also at twice the pixels.
const shapes = ['ring', 'ring-with-dot', 'lock', 'triangle', 'octagon']
const variants = [
  { suffix: '-light', colour: '#1b1f24', size: 24 },
  { suffix: '-dark', colour: '#f4f6f8', size: 24 },
  { suffix: 'Template', colour: '#000000', size: 18 },
]
mkdirSync(join(root, 'resources/tray'), { recursive: true })
for (const shape of shapes) {
  for (const { suffix, colour, size } of variants) {
    writeFileSync(join(root, 'resources/tray', `${shape}${suffix}.png`), draw(shape, size, colour))
    writeFileSync(join(root, 'resources/tray', `${shape}${suffix}@2x.png`), draw(shape, size * 2, colour))
  }
}
writeFileSync(join(root, 'resources/app.png'), draw('app', 512))

/** Windows: a directory of images, each a PNG (allowed since Vista). A size of 256 is written as 0. */
function toIco(sizes) {
  const images = sizes.map((size) => ({ size, png: draw('app', size) }))
  const head = Buffer.alloc(6 + 16 * images.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(images.length, 4)
  let offset = head.length
  images.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index
    head.writeUInt8(size % 256, at)
    head.writeUInt8(size % 256, at + 1)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([head, ...images.map(({ png }) => png)])
}

/** macOS: blocks of a type, a length and a PNG. */
function toIcns(types) {
  const blocks = Object.entries(types).map(([type, size]) => {
    const png = draw('app', size)
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(png.length + 8, 4)
    return Buffer.concat([head, png])
  })
  const body = Buffer.concat(blocks)
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(body.length + 8, 4)
  return Buffer.concat([head, body])
}

mkdirSync(join(root, 'build/icons'), { recursive: true })
writeFileSync(join(root, 'build/icons/icon.ico'), toIco([16, 24, 32, 48, 64, 128, 256]))
writeFileSync(join(root, 'build/icons/icon.icns'), toIcns({ icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 }))
