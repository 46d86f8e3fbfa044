import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { fileLines, fileTail } from './container-log.ts'

const directory = mkdtempSync(join(tmpdir(), 'log-'))
afterAll(() => rmSync(directory, { recursive: true }))

const file = (text: string): string => {
  const path = join(directory, `${Math.random()}`)
  writeFileSync(path, text)
  return path
}
const lines = async (path: string, options: { tailLines?: number; limitBytes?: number } = {}) =>
  await Array.fromAsync(fileLines(path, { ...options, more: () => false }))

it('gives the last lines, with or without a newline at the end', async () => {
  for (const end of ['', '\n']) {
    const path = file(`a\nb\nc${end}`)
    expect(await fileTail(path, 2, 1000)).toBe(`b\nc${end}`)
    expect(await fileTail(path, 5, 1000)).toBe(`a\nb\nc${end}`)
    expect(await lines(path, { tailLines: 2 })).toEqual(['b', 'c'])
    expect(await lines(path, { tailLines: 0 })).toEqual([])
    expect(await lines(path)).toEqual(['a', 'b', 'c'])
  }
  expect(await fileTail(file(''), 2, 1000)).toBe('')
  expect(await fileTail(join(directory, 'absent'), 2, 1000)).toBe('')
})

it('gives at most so many bytes', async () => {
  expect(await fileTail(file('abc\ndef'), 80, 5)).toBe('c\ndef')
  expect(await lines(file('abc\ndef'), { limitBytes: 5 })).toEqual(['abc', 'd'])
})

it('reads files of many pieces, also lines longer than one', async () => {
  const long = 'x'.repeat(200_000)
  const path = file(`${long}\nü\n${'y\n'.repeat(100_000)}`)
  const all = await lines(path)
  expect([all.length, all[0]?.length, all[1]]).toEqual([100_002, 200_000, 'ü'])
  expect((await fileTail(path, 70_000, 10_000_000)).length).toBe(140_000)
})

it('follows what is written while it reads', async () => {
  const path = file('one\n')
  let growing = true
  const seen: string[] = []
  for await (const line of fileLines(path, { more: () => growing })) {
    seen.push(line)
    if (line === 'one') appendFileSync(path, 'two\nthr')
    if (line === 'two') {
      appendFileSync(path, 'ee')
      growing = false
    }
  }
  expect(seen).toEqual(['one', 'two', 'three'])
})
