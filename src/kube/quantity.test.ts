import { expect, it } from 'vitest'
import { quantity } from './quantity.ts'

it.each([
  ['128Mi', 128 * 2 ** 20],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['500m', 0.5],
  ['1e3', 1000],
  ['2E', 2e18],
  ['1k', 1000],
  [2, 2],
  ['1Gii', undefined],
  ['', undefined],
  [undefined, undefined],
  ['abc', undefined],
])('reads %s as %s', (text, expected) => {
  expect(quantity(text)).toBe(expected)
})
