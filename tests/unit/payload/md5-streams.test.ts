import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadKernelModules } from '../../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../../src-main/payload/kernels.ts'
import { Md5Stream, updateMd5 } from '../../../src-main/payload/md5-streams.ts'
import { createSharedSlab, kernelAreaBytes } from '../../../src-main/payload/shared-memory.ts'
import { slowCrc64Nvme } from './slow-twins.ts'

const slab = createSharedSlab(1024 * 1024)
const kernels = openKernels(loadKernelModules(), slab, 0)
slab.bytes.set(randomBytes(1024 * 1024), kernelAreaBytes)

describe('MD5 in lanes', () => {
  it('agrees with the answers of RFC 1321, one by one and together', () => {
    const answers: Record<string, string> = {
      '': 'd41d8cd98f00b204e9800998ecf8427e',
      a: '0cc175b9c0f1b6a831c399e269772661',
      abc: '900150983cd24fb0d6963f7d28e17f72',
      'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
      abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890': '57edf4a22be3c955ac49da2e2107b67a',
    }
    let at = kernelAreaBytes
    const works = Object.keys(answers).map((message) => {
      slab.bytes.set(Buffer.from(message), at)
      const work = { stream: new Md5Stream(), offset: at, length: message.length, last: true }
      at += 100
      return work
    })
    for (const work of works) {
      const alone = new Md5Stream()
      updateMd5(kernels, [{ ...work, stream: alone }])
      expect(Object.values(answers)).toContain(Buffer.from(alone.digest()).toString('hex'))
    }
    updateMd5(kernels, works)
    expect(works.map(({ stream }) => Buffer.from(stream.digest()).toString('hex'))).toEqual(Object.values(answers))
  })

  it('agrees with node:crypto for any number of bodies of any lengths, cut into any stripes', () => {
    const length = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 20 }).map((blocks) => blocks * 64), fc.nat(9000))
    const body = fc.array(length, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 20 }), fc.nat(100), (bodies, skew) => {
        const streams = bodies.map(() => new Md5Stream())
        const hashes = bodies.map(() => createHash('md5'))
        const rounds = Math.max(...bodies.map((stripes) => stripes.length))
        for (let round = 0; round < rounds; round++) {
          const works = bodies.flatMap((stripes, i) => {
            const stripe = stripes[round]
            const stream = streams[i]
            if (stripe === undefined || stream === undefined) return []
            const offset = kernelAreaBytes + skew + i * 10_007 + round * 501
            hashes[i]?.update(slab.bytes.subarray(offset, offset + stripe))
            return [{ stream, offset, length: stripe, last: round === stripes.length - 1 }]
          })
          updateMd5(kernels, works)
        }
        streams.forEach((stream, i) => { expect(Buffer.from(stream.digest()).toString('hex')).toBe(hashes[i]?.digest('hex')) })
      }),
      { numRuns: 150 },
    )
  })
})

describe('CRC64NVME', () => {
  it('agrees with its slow twin at any length and alignment, going on from call to call', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(600), fc.nat(600), (skew, first, second) => {
        const at = kernelAreaBytes + skew
        const crc = kernels.crc64nvme(kernels.crc64nvme(0n, at, first), at + first, second)
        expect(BigInt.asUintN(64, crc)).toBe(slowCrc64Nvme(slab.bytes.subarray(at, at + first + second)))
      }),
      { numRuns: 100 },
    )
  })
})
