import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { isSql, shellCommand } from './shell.ts'

const typed = async (text: string): Promise<{ readonly code: number; readonly output: string }> => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const written: string[] = []
  output.on('data', (chunk) => written.push(String(chunk)))
  const done = shellCommand({ input, output, terminal: false })
  input.end(text)
  return { code: await done, output: written.join('') }
}

test('runs SQL and TypeScript in turn, each line after the one before', async () => {
  const { code, output } = await typed(
    "CREATE TEMPORARY VIEW v AS SELECT id FROM range(5);\nconst least: number = 3\n(await spark.table('v').filter('id >= ' + least).count())\nSELECT max(id)\n  AS top FROM v;\n",
  )
  expect(output).toContain('2\n+---+\n|top|\n+---+\n|4  |\n+---+\n')
  expect(code).toBe(0)
})

test('says what is wrong in a sentence, goes on, and ends with 1', async () => {
  const { code, output } = await typed("SELECT nope FROM range(1);\nthrow new Error('mine')\n6 * 7\n")
  expect(output).toMatch(/line 1, column 8: \[UNRESOLVED_COLUMN\.WITH_SUGGESTION\][^\n]*\n/)
  expect(output).toContain('mine')
  expect(output).toContain('42')
  expect(code).toBe(1)
})

test.each([
  ['select 1;', true],
  ['WITH a AS (SELECT 1) SELECT * FROM a;', true],
  ['set(1)', false],
  ['from = 3', false],
  ['const select = 1', false],
])('%s is SQL: %s', (line, sql) => {
  expect(isSql(line)).toBe(sql)
})
