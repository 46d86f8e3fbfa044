import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pathMap } from './path-map.ts'

const local = pathMap([
  { from: '/data', to: '/s/data' },
  { from: '/data/deep/', to: '/s/deep' },
  { from: '/tmp', to: '/tmp/s' },
])

it.each([
  ['/data', '/s/data'],
  ['/data/', '/s/data/'],
  ['/data/x.csv', '/s/data/x.csv'],
  ['/data/deep/x', '/s/deep/x'],
  ['/data/deeper', '/s/data/deeper'],
  ['--in=/data/a,/data/b', '--in=/s/data/a,/s/data/b'],
  ["read('/data/a')", "read('/s/data/a')"],
  ['file:///data/a', 'file:///s/data/a'],
  ['/database', '/database'],
  ['/srv/data/a', '/srv/data/a'],
  ['http://host/data/a', 'http://host/data/a'],
  ['./data/a', './data/a'],
  ['x/data', 'x/data'],
  ['/tmp/tmp/a', '/tmp/s/tmp/a'],
  ['/tmp and /data', '/tmp/s and /s/data'],
])('maps %s to %s', (text, expected) => {
  expect(local(text)).toBe(expected)
})

it('never maps the root, and treats letters of patterns as letters', () => {
  expect(pathMap([{ from: '/', to: '/s' }])('/a/b')).toBe('/a/b')
  expect(pathMap([{ from: '/a+b', to: '/s' }])('/a+b/c /aab/c')).toBe('/s/c /aab/c')
})

it('leaves texts without a mapped path alone', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/\/(data|tmp)/.test(text))
      expect(local(text)).toBe(text)
    }),
  )
})
