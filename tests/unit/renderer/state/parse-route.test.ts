// Routes in the fragment.
import { describe, expect, it } from 'vitest'
import { formatRoute, parseRoute } from '../../../../src-renderer/state/parse-route.ts'

describe('a route', () => {
  it('leads home when it is empty, broken or endless', () => {
    for (const hash of ['', '#', '#/', '#//', '#/buckets/%E0%A4', `#/${'a'.repeat(9000)}`]) expect(parseRoute(hash)).toEqual({ path: '/', segments: [] })
  })

  it('is decoded once', () => {
    expect(parseRoute('#/buckets/photos/100%2525/').segments).toEqual(['buckets', 'photos', '100%25', ''])
  })

  it('brings any object name back', () => {
    for (const name of ['2019/summer/a b.raw', 'ä/#?&%', '<img src=x>/', 'a//b', '..', '100%']) {
      const { segments } = parseRoute(formatRoute('buckets', 'photos', name))
      expect(segments.slice(0, 2)).toEqual(['buckets', 'photos'])
      expect(segments.slice(2).join('/')).toBe(name)
    }
  })
})
