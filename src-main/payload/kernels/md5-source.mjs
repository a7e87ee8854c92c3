// Writes the AssemblyScript of the MD5 kernels (RFC 1321 §3.4): 64 steps unrolled, for one stream in scalar words and for four or eight
// streams side by side in SIMD lanes. Unrolled by hand this would be 800 lines; all that differs is the type and the number of vectors.
const additions = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32))
const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]
const wordOrder = [(i) => i, (i) => (5 * i + 1) % 16, (i) => (3 * i + 5) % 16, (i) => (7 * i) % 16]
const hex = (word) => `0x${word.toString(16).padStart(8, '0')}`

/** Where the 64 additions stand in memory (kernel-layout.ts): lanes load them from there, an immediate would cost three instructions. */
export const additionsAddress = 32_768

const scalarFunctions = `
// @ts-ignore: decorator
@inline
function step0(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32): u32 { return b + rotl(a + x + (d ^ (b & (c ^ d))), s) }
// @ts-ignore: decorator
@inline
function step1(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32): u32 { return b + rotl(a + x + (c & ~d) + (b & d), s) }
// @ts-ignore: decorator
@inline
function step2(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32): u32 { return b + rotl(a + x + (b ^ (c ^ d)), s) }
// @ts-ignore: decorator
@inline
function step3(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32): u32 { return b + rotl(a + x + (c ^ (b | ~d)), s) }
`
// What does not depend on the newest word b is added first, so that the chain from step to step stays short.
const laneFunctions = `
// @ts-ignore: decorator
@inline
function rotate(x: v128, s: i32): v128 { return v128.or(i32x4.shl(x, s), i32x4.shr_u(x, 32 - s)) }
// @ts-ignore: decorator
@inline
function step0(a: v128, b: v128, c: v128, d: v128, x: v128, s: i32): v128 { return i32x4.add(b, rotate(i32x4.add(v128.xor(d, v128.and(b, v128.xor(c, d))), i32x4.add(a, x)), s)) }
// @ts-ignore: decorator
@inline
function step1(a: v128, b: v128, c: v128, d: v128, x: v128, s: i32): v128 { return i32x4.add(b, rotate(i32x4.add(v128.and(b, d), i32x4.add(v128.andnot(c, d), i32x4.add(a, x))), s)) }
// @ts-ignore: decorator
@inline
function step2(a: v128, b: v128, c: v128, d: v128, x: v128, s: i32): v128 { return i32x4.add(b, rotate(i32x4.add(v128.xor(b, v128.xor(c, d)), i32x4.add(a, x)), s)) }
// @ts-ignore: decorator
@inline
function step3(a: v128, b: v128, c: v128, d: v128, x: v128, s: i32): v128 { return i32x4.add(b, rotate(i32x4.add(v128.xor(c, v128.or(b, v128.not(d))), i32x4.add(a, x)), s)) }
`

/** The 64 steps for each vector in turn, interleaved so that one vector's work hides the other's latency. */
function stepLines(vectors, input) {
  const lines = []
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    for (let v = 0; v < vectors; v++) {
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => `${'abcd'[(k + 64 - i) % 4]}${v}`)
      lines.push(`    ${a} = step${round}(${a}, ${b}, ${c}, ${d}, ${input(v, wordOrder[round](i), i)}, ${shifts[round][i & 3]})`)
    }
  }
  return lines
}

/** `update(state, from, blocks)`: goes on from the four words at `state` over `blocks` blocks of 64 bytes at `from`. */
export function scalarMd5Source() {
  return [
    scalarFunctions,
    'export function update(state: usize, from: usize, blocks: u32): void {',
    '  let a0 = load<u32>(state), b0 = load<u32>(state, 4), c0 = load<u32>(state, 8), d0 = load<u32>(state, 12)',
    '  for (; blocks; blocks--) {',
    '    const a = a0, b = b0, c = c0, d = d0',
    ...stepLines(1, (_v, word, i) => `load<u32>(from, ${word * 4}) + ${hex(additions[i])}`),
    '    a0 += a; b0 += b; c0 += c; d0 += d; from += 64',
    '  }',
    '  store<u32>(state, a0); store<u32>(state, b0, 4); store<u32>(state, c0, 8); store<u32>(state, d0, 12)',
    '}',
  ].join('\n')
}

/** Four words of four lanes each are read and turned, so that word w of all four lanes stands in one vector. */
function transposeLines(v, part) {
  const at = part * 16
  const rows = [0, 1, 2, 3].map((lane) => `const r${lane} = v128.load(p${v * 4 + lane}, ${at})`)
  return [
    `    { ${rows.join('; ')}`,
    '      const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), t1 = i32x4.shuffle(r2, r3, 0, 4, 1, 5)',
    '      const t2 = i32x4.shuffle(r0, r1, 2, 6, 3, 7), t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7)',
    `      w${v}_${part * 4} = i64x2.shuffle(t0, t1, 0, 2); w${v}_${part * 4 + 1} = i64x2.shuffle(t0, t1, 1, 3)`,
    `      w${v}_${part * 4 + 2} = i64x2.shuffle(t2, t3, 0, 2); w${v}_${part * 4 + 3} = i64x2.shuffle(t2, t3, 1, 3) }`,
  ]
}

/**
 * `update(state, pointers, blocks)`: word w of lane l is the u32 at state + 64·(l div 4) + 16·w + 4·(l mod 4); `pointers` holds one u32
 * address per lane; every lane goes over `blocks` blocks. `fillAdditions()` writes the constant table once.
 */
export function laneMd5Source(vectors) {
  const names = Array.from({ length: vectors }, (_, v) => ['a', 'b', 'c', 'd'].map((name) => `${name}${v}`)).flat()
  const words = Array.from({ length: vectors }, (_, v) => Array.from({ length: 16 }, (_w, w) => `w${v}_${w}`)).flat()
  const lanes = Array.from({ length: vectors * 4 }, (_, lane) => lane)
  return [
    laneFunctions,
    'export function fillAdditions(): void {',
    ...additions.map((word, i) => `  store<u32>(${additionsAddress + i * 4}, ${hex(word)})`),
    '}',
    'export function update(state: usize, pointers: usize, blocks: u32): void {',
    ...lanes.map((lane) => `  let p${lane}: usize = load<u32>(pointers, ${lane * 4})`),
    ...names.map((name, i) => `  let ${name} = v128.load(state, ${i * 16})`),
    ...words.map((word) => `  let ${word}: v128`),
    '  for (; blocks; blocks--) {',
    ...Array.from({ length: vectors }, (_, v) => [0, 1, 2, 3].flatMap((part) => transposeLines(v, part))).flat(),
    ...names.map((name) => `    const ${name}_before = ${name}`),
    ...stepLines(vectors, (v, word, i) => `i32x4.add(w${v}_${word}, v128.load32_splat(${additionsAddress + i * 4}))`),
    ...names.map((name) => `    ${name} = i32x4.add(${name}, ${name}_before)`),
    ...lanes.map((lane) => `    p${lane} += 64`),
    '  }',
    ...names.map((name, i) => `  v128.store(state, ${name}, ${i * 16})`),
    '}',
  ].join('\n')
}
