import { describe, expect, it } from 'vitest'
import { splitPrefix, toLabel, toParent, toPathSteps } from '../../../../../src-renderer/screens/objects/folder-path.ts'
import { findUploadNameFault, planUploads } from '../../../../../src-renderer/screens/objects/upload-names.ts'
import { commonBeginning, findReplacedNames } from '../../../../../src-renderer/screens/objects/replaced-names.ts'
import { deleteCountMax, deleteNames, planDeletion } from '../../../../../src-renderer/screens/objects/delete-names.ts'

describe('names of files to upload', () => {
  it('are refused when other tools would resolve them, or nobody can see them', () => {
    expect(findUploadNameFault('a/../b')).toBe('dot-segment')
    expect(findUploadNameFault('./a')).toBe('dot-segment')
    expect(findUploadNameFault('a\nb')).toBe('control-character')
    expect(findUploadNameFault('ä'.repeat(513))).toBe('too-long')
    expect(findUploadNameFault('a\ud800')).toBe('not-text')
  })

  it('are taken otherwise, below the folder that is shown, accents composed', () => {
    const file = new File(['12345'], 'x')
    const { uploads, refused, sizeBytes } = planUploads('photos/', [{ file, path: '2019/a\u0308.raw' }, { file, path: 'a..b' }, { file, path: '..' }])
    expect(uploads.map(({ name }) => name)).toEqual(['photos/2019/ä.raw', 'photos/a..b'])
    expect(refused).toEqual([{ name: 'photos/..', fault: 'dot-segment' }])
    expect(sizeBytes).toBe(10)
  })
})

describe('folders in names', () => {
  it('lead up and down, empty ones too', () => {
    expect(toPathSteps('a//b/c')).toEqual([{ label: 'a', prefix: 'a/' }, { label: '', prefix: 'a//' }, { label: 'b', prefix: 'a//b/' }])
    expect(toParent('a/b/')).toBe('a/')
    expect(toParent('a/')).toBe('')
    expect(toParent('')).toBe('')
    expect(splitPrefix('a/b/c')).toEqual({ folder: 'a/b/', search: 'c' })
    expect(toLabel('a/b/c/', 'a/b/')).toBe('c')
    expect(toLabel('a//', 'a/')).toBe('/')
  })
})

describe('deleting many', () => {
  const object = (name: string, sizeBytes = 10) => ({ kind: 'object' as const, name, sizeBytes, modifiedMs: 0 })
  const signal = new AbortController().signal

  it('counts no further than what it would delete', async () => {
    let page = 0
    const plan = await planDeletion(
      [{ kind: 'folder', name: 'f/' }],
      async () => ({ folders: [], objects: Array.from({ length: 1000 }, (_, index) => ({ name: `f/${page}-${index}`, sizeBytes: 1, modifiedMs: 0 })), next: String(++page) }),
      () => undefined,
      signal,
    )
    expect(plan.isTooMany).toBe(true)
    expect(plan.names.length).toBe(deleteCountMax + 1000)
  })

  it('stops counting when it is given up', async () => {
    const controller = new AbortController()
    const counting = planDeletion([{ kind: 'folder', name: 'f/' }], async () => ({ folders: [], objects: [], next: 'more' }), () => controller.abort(new Error('left')), controller.signal)
    await expect(counting).rejects.toThrow('left')
  })

  it('tells what failed by name, and counts a name once', async () => {
    const plan = await planDeletion([object('f/a', 5), { kind: 'folder', name: 'f/' }], async () => ({ folders: [], objects: [object('f/a', 5), object('f/b', 7)], next: undefined }), () => undefined, signal)
    expect(plan).toEqual({ names: ['f/a', 'f/b'], sizeBytes: 12, isTooMany: false })
    const result = await deleteNames(plan.names, async () => ({ failed: [{ name: 'f/a', message: 'locked' }] }), () => undefined, signal)
    expect(result).toEqual({ deleted: ['f/b'], failed: [{ name: 'f/a', message: 'locked' }] })
  })

  it('goes by the thousand', async () => {
    const sizes: number[] = []
    await deleteNames(Array.from({ length: 2500 }, (_, index) => `n${index}`), async (names) => { sizes.push(names.length); return { failed: [] } }, () => undefined, signal)
    expect(sizes).toEqual([1000, 1000, 500])
  })
})

describe('names that would be replaced', () => {
  const stored = ['a/1', 'a/2', 'a/3', 'b']
  const listAll = async (prefix: string, after: string | undefined) => {
    const names = stored.filter((name) => name.startsWith(prefix) && (after === undefined || name > after))
    return { folders: [], objects: names.slice(0, 1).map((name) => ({ name, sizeBytes: 1, modifiedMs: 0 })), next: names.length > 1 ? names[0] : undefined }
  }

  it('says when it did not look at everything', async () => {
    const endless = async () => ({ folders: [], objects: [], next: 'more' })
    expect(await findReplacedNames(['x'], endless)).toEqual({ names: [], isComplete: false })
  })

  it('are found under the beginning they share', async () => {
    expect(await findReplacedNames(['a/2', 'a/9'], listAll)).toEqual({ names: ['a/2'], isComplete: true })
    expect(await findReplacedNames(['c'], listAll)).toEqual({ names: [], isComplete: true })
    expect(commonBeginning(['a/2', 'a/21'])).toBe('a/2')
    expect(commonBeginning(['x\u{1f600}', 'x\u{1f601}'])).toBe('x')
    expect(commonBeginning([])).toBe('')
  })
})
