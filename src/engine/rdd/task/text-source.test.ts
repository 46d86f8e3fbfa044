import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drained } from './batches.ts'
import { readText } from './text-source.ts'

const directory = mkdtempSync(join(tmpdir(), 'bellows-text-'))

const read = (path: string, bounds: readonly number[]): unknown[] =>
  bounds.slice(1).flatMap((to, i) => drained(readText({ path, from: bounds[i]!, to })).flat())

test('however a file is cut, its lines are those of the whole', () => {
  const piece = fc.constantFrom('a', 'bc', 'ü', '😀', '\n', '\r\n', '\r', '', 'x y')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(60), { maxLength: 5 }), (pieces, cuts) => {
      const text = pieces.join('')
      const path = join(directory, 'split.txt')
      writeFileSync(path, text)
      const size = Buffer.byteLength(text)
      const bounds = [0, ...cuts.filter((cut) => cut < size).toSorted((a, b) => a - b), size]
      const lines = text.split(/\r\n|\r|\n/)
      if (lines.at(-1) === '') lines.pop()
      expect(read(path, bounds)).toEqual(lines)
    }),
    { numRuns: 400 },
  )
})

test('lines longer than what is read at once', () => {
  const path = join(directory, 'long.txt')
  const lines = ['a'.repeat(3_000_000), 'b', 'c'.repeat(1 << 20)]
  writeFileSync(path, lines.join('\n'))
  expect(read(path, [0, 1_500_000, 3_000_001, 5_000_000])).toEqual(lines)
})

test('a gzipped file is one part', () => {
  const path = join(directory, 'packed.txt.gz')
  writeFileSync(path, gzipSync('a\nb\n'))
  expect(drained(readText({ path, from: 0, to: 1 })).flat()).toEqual(['a', 'b'])
})
