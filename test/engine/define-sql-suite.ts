import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { leftovers } from './leftovers.ts'
import { CONF, casesOf, differences, knownFailures, type Mode, sqlFiles, tableViews } from './sql-suite.ts'
import { writeTables } from './tables.ts'

/** On executors a case costs several tasks and a shuffle: one in five is run, all with BELLOWS_SQL_CASES=all. */
const chosen = <T>(cases: readonly T[], mode: Mode): readonly T[] =>
  mode === 'local' || process.env.BELLOWS_SQL_CASES === 'all' ? cases : cases.filter((_, index) => index % 5 === 0)

/** The differential suite in one mode: a test for each file of cases. */
export const defineSqlSuite = (mode: Mode): void => {
  describe(`SQL as Apache Spark answers it (${mode})`, () => {
    let fixture: EngineFixture
    let tables: string
    const known = knownFailures()

    beforeAll(async () => {
      fixture = await startEngine(mode === 'local' ? 0 : 2, CONF[mode])
      tables = join(fixture.directory, 'tables')
      await writeTables(tables)
    })

    afterAll(async () => {
      await fixture.close()
      await expect(readdir(fixture.directory)).rejects.toThrow('ENOENT')
    })

    it.each(sqlFiles())('%s', { timeout: 600_000 }, async (file) => {
      const cases = chosen(casesOf(file), mode)
      expect(cases.length).toBeGreaterThan(0)
      const found = await differences(fixture.engine, CONF[mode], tableViews(tables), cases)
      const failed = new Set(found.map(({ id }) => id))
      const listed = (id: string): boolean => known.has(id) || known.has(`${id}@${mode}`)
      expect(found.filter(({ id }) => !listed(id))).toEqual([])
      const cured = cases.filter(({ id }) => listed(id) && !failed.has(id)).map(({ id }) => id)
      expect(cured, 'listed in known-failures.txt, but right').toEqual([])
    })

    it('lists no case that is not there', () => {
      const ids = new Set(
        sqlFiles()
          .flatMap(casesOf)
          .map(({ id }) => id),
      )
      expect([...known.keys()].filter((id) => !ids.has(id.replace(/@\w+$/, '')))).toEqual([])
    })

    it('leaves no result, shuffle or broadcast behind', async () => {
      await expect.poll(() => leftovers(fixture, [tables]), { timeout: 20_000 }).toEqual([])
      if (mode === 'executors') {
        const events = fixture.engine.events.all()
        expect(events.some((event) => event.event === 'stage-submitted' && event.shuffle !== undefined)).toBe(true)
      }
    })
  })
}
