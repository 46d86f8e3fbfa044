import { expect, it } from 'vitest'
import { mountedPath, pathTable } from './mounted-path.ts'

const table = { '/data': '/scratch/v1', '/data/deep': '/scratch/v2' }

it('maps what lies under a mount, the longest first, only on borders of names', () => {
  expect(mountedPath('/data/a.csv', table)).toBe('/scratch/v1/a.csv')
  expect(mountedPath('/data/deep/b/*.csv', table)).toBe('/scratch/v2/b/*.csv')
  expect(mountedPath('/data', table)).toBe('/scratch/v1')
  expect(mountedPath('/database/a.csv', table)).toBe('/database/a.csv')
  expect(mountedPath('/data/../etc/passwd', table)).toBe('/data/../etc/passwd')
})

it('leaves paths alone without a table', () => {
  expect(mountedPath('/data/a', pathTable(undefined))).toBe('/data/a')
  expect(pathTable('{"/a":"/b"}')).toEqual({ '/a': '/b' })
  expect(() => pathTable('{')).toThrow(SyntaxError)
})
