import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fieldSelector, labelSelector } from './selectors.ts'

const object = (labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', ...(labels === undefined ? {} : { labels }) },
  status: { phase: 'Running' },
})

it.each([
  ['a>1', { a: '2' }, true],
  ['a>1', { a: '1' }, false],
  ['a<1', { a: 'x' }, false],
  ['a', {}, false],
  ['!a', {}, true],
  ['a in (x,)', { a: '' }, true],
  ['example.com/a=b', { 'example.com/a': 'b' }, true],
  ['in=b', { in: 'b' }, true],
])('%s of %o is %s', (selector, labels, expected) => {
  expect(labelSelector(selector)(object(labels))).toBe(expected)
})

it('says the opposite with != and notin, for objects with and without the label', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), { noNullPrototype: true })
  fc.assert(
    fc.property(labels, fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), (given, key, value) => {
      const test = (selector: string) => labelSelector(selector)(object(given))
      expect(test(`${key}!=${value}`)).toBe(!test(`${key}=${value}`))
      expect(test(`${key} notin (${value})`)).toBe(!test(`${key} in (${value})`))
      expect(test(`!${key}`)).toBe(!test(key))
    }),
  )
})

it('counts an absent field as empty', () => {
  const test = (selector: string) => fieldSelector(selector, ['status.phase', 'spec.nodeName'])(object())
  expect(test('status.phase=Running,spec.nodeName=')).toBe(true)
  expect(test('status.phase!=Running')).toBe(false)
  expect(() => test('spec.other=1')).toThrow('field label not supported: spec.other')
})
