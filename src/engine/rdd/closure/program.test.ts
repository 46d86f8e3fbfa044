import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = join(import.meta.dirname, '..', 'testing', 'program', 'main.ts')

test('a program run by Node itself: its imports, classes of other modules, lines', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  const { results, line, kinds } = JSON.parse(stdout)
  expect(results).toEqual(['b3', '{ a: 1 }', 'HI!', 'DIRECT!', 6, 8, 'Program'])
  const text = readFileSync(PROGRAM, 'utf8').split('\n')
  const at = text.findIndex((each) => each.includes("new Error('x')"))
  expect(line).toBe(`main.ts:${at + 1}:${text[at]!.indexOf('new Error') + 1}`)
  expect(kinds).toEqual(
    expect.arrayContaining(['import basename', 'import *', 'import shout', 'import Rectangle', 'import parse']),
  )
})
