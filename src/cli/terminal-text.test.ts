import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clipped, columns, oneLine, screenLines } from './terminal-text.ts'

it.each([
  ['', 0],
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['🚀', 2],
  ['👨‍👩‍👧', 2],
])('%s takes %i columns', (text, expected) => {
  expect(columns(text)).toBe(expected)
})

it('makes one line of anything', () => {
  expect(oneLine('Parser Error:\n\tsyntax\u001b[31m error\u001b[0m\r\n')).toBe('Parser Error: syntax error')
})

it('never gives more columns than there are, and cuts nothing that fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(columns(clipped(text, width))).toBeLessThanOrEqual(width)
      if (columns(text) <= width) expect(clipped(text, width)).toBe(text)
    }),
  )
})

it('counts the lines that wrapping makes', () => {
  expect(screenLines(['', 'abcdef', '日本'], 3)).toBe(1 + 2 + 2)
})
