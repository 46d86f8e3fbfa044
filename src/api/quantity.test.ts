import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantity as podQuantity } from '../kube/quantity.ts'
import { memoryBytes, memoryMib, quantity } from './quantity.ts'

const MIB = 1024 ** 2

test.each([
  ['512m', 512 * MIB],
  ['1g', 1024 * MIB],
  ['1G', 1024 * MIB],
  ['2Gi', 2048 * MIB],
  ['512', 512 * MIB],
  ['1024k', MIB],
  ['1048576b', MIB],
  ['1tb', 1024 ** 4],
  ['1p', 1024 ** 5],
  ['0', 0],
])('memory %s', (written, bytes) => {
  expect(memoryBytes(written)).toBe(bytes)
})

test.each(['', '1Gii', '-1g', '1.5g', '9E', '1 g', 'g', '1e3', '0x10'])('no memory: %j', (written) => {
  expect(memoryBytes(written)).toBeUndefined()
})

test('MiB are rounded up', () => {
  expect(memoryMib('1b')).toBe(1)
  expect(memoryMib('1025k')).toBe(2)
})

test.each([
  ['1', 1],
  ['1200m', 1.2],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['2.', 2],
  ['1e3', 1000],
  ['2E-1', 0.2],
  ['1E', 1e18],
  ['1Ki', 1024],
  ['-1', -1],
])('quantity %s', (written, amount) => {
  expect(quantity(written)).toBeCloseTo(amount)
})

test.each(['', '1Gii', 'one', '1 ', '1mi', '1e', '.'])('no quantity: %j', (written) => {
  expect(quantity(written)).toBeUndefined()
})

test('every text means the same here and in a pod', () => {
  const text = fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.constantFrom('0', '7', '1.5', '.5', '2.', '.', ''),
      fc.constantFrom('', 'n', 'm', 'k', 'K', 'M', 'Mi', 'Ei', 'mi', 'e3', 'E-2', 'E', 'e', 'e+1000'),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (written) => {
      expect(quantity(written)).toBe(podQuantity(written))
    }),
  )
})
