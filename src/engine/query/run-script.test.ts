import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { runScript } from './run-script.ts'
import { SessionRows } from './session-rows.ts'

describe('a script', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await startEngine(1)
  })

  afterAll(() => fixture.close())

  const run = async (script: string): Promise<string> => {
    const printed: string[] = []
    const start = { views: new Map(), conf: fixture.engine.options.conf }
    const rows = new SessionRows()
    const output = { print: (text: string) => printed.push(text), shown: () => {}, wrote: () => {} }
    await runScript(fixture.engine, script, start, rows, output)
    return printed.join('')
  }

  it('fails on a ragged CSV file in the first line of the message, whatever columns it asks for', async () => {
    const path = join(fixture.directory, 'ragged.csv')
    await writeFile(path, 'a,b,c\n1,2,3\n4,5\n6,7,8,9\n')
    const fault = `${path}, line 3: 2 columns where 3 are expected; use mode DROPMALFORMED to drop such rows`
    for (const list of ['*', 'count(*)', '_c0'])
      await expect(run(`SELECT ${list} FROM csv.\`${path}\``)).rejects.toThrow(fault)
    const view = (more: string) =>
      `CREATE TEMPORARY VIEW v USING csv OPTIONS (path '${path}', header 'true'${more}); SELECT a, c FROM v`
    await expect(run(view(''))).rejects.toThrow(fault)
    await expect(run(view(", inferSchema 'true'"))).rejects.toThrow(fault)
    expect(await run(view(", mode 'DROPMALFORMED'"))).toContain('|1  |3  |')
  })

  it.each(['', ' \n', '-- nothing yet\n/* nor here */', ';;'])(
    'without a statement is an error: %j',
    async (script) => {
      await expect(run(script)).rejects.toThrow('the program holds no statement')
    },
  )
})
