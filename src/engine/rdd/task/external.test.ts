import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Batches, drained, ofArrays, pairsOf } from './batches.ts'
import { ExternalMap } from './external-map.ts'
import { sorted } from './external-sort.ts'
import { randomOf } from './random.ts'

const spilling = (budget: number) => {
  const directory = mkdtempSync(join(tmpdir(), 'bellows-spill-'))
  let names = 0
  return { budget, directory, nextName: () => `spill-${names++}` }
}

const batches = (count: number, size: number): Batches => {
  const random = randomOf(1, 0)
  return ofArrays(
    Array.from({ length: count }, () => Array.from({ length: size }, () => [Math.floor(random() * 5000), random()])),
  )
}
const all = (source: Batches) => drained(source).flat() as [number, number][]

const group = {
  create: (value: unknown) => [value],
  merge: (list: unknown[], value: unknown) => {
    list.push(value)
    return list
  },
  mergeCombiners: (list: unknown[], other: unknown[]) => list.concat(other),
  growing: true,
}

test.each([60_000, 1 << 30])('groups within %d bytes are the groups', (budget) => {
  const where = spilling(budget)
  const map = new ExternalMap(group, where)
  const expected = new Map<number, number>()
  const next = pairsOf(batches(8, 1000))
  for (let pairs = next(); pairs !== undefined; pairs = next()) {
    for (const key of Array.from(pairs.keys) as number[]) expected.set(key, (expected.get(key) ?? 0) + 1)
    map.addValuesSpilling(pairs)
  }
  const spilled = readdirSync(where.directory).length
  expect(spilled > 0).toBe(budget === 60_000)
  const result = all(map.result()) as unknown as [number, unknown[]][]
  expect(new Map(result.map(([key, values]) => [key, values.length]))).toEqual(expected)
  expect(result).toHaveLength(expected.size)
  expect(readdirSync(where.directory)).toEqual([])
})

test.each([true, false])('a sort over the budget is the sort (ascending: %s)', (ascending) => {
  const where = spilling(60_000)
  const expected = all(batches(8, 1000)).sort((a, b) => (ascending ? 1 : -1) * (a[0] - b[0]))
  const result = all(sorted(batches(8, 1000), ascending, undefined, where))
  expect(result).toEqual(expected)
  expect(readdirSync(where.directory)).toEqual([])
})
