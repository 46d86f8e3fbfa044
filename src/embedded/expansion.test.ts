import { expect, it } from 'vitest'
import { expanded } from './expansion.ts'

const variables = new Map([
  ['A', 'a'],
  ['B', '$(A)'],
])

// Cases of Kubernetes' own table in third_party/forked/golang/expansion.
it.each([
  ['$(A)', 'a'],
  ['x-$(A)-$(A)', 'x-a-a'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$(NONE)', '$(NONE)'],
  ['$(B)', '$(A)'],
  ['$A {A} $', '$A {A} $'],
  ['$(A', '$(A'],
  ['$$', '$'],
])('expands %s to %s', (text, expected) => {
  expect(expanded(text, variables)).toBe(expected)
})
