import { analyze } from '../../analysis/analyze.ts'
import { type AnalysisContext, DEFAULT_SETTINGS } from '../../analysis/context.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { parseQuery } from '../../sql/parse.ts'
import { fromDuckdbType } from '../../types/duckdb-type.ts'
import type { PlanFixture } from './plan-fixture.ts'

/** The typed plan of a query over the fixture's tables. */
export const planOfSql = async (fixture: PlanFixture, sql: string): Promise<LogicalPlan> => {
  let id = 0
  const context: AnalysisContext = {
    find: async (name) => {
      const source = fixture.sources.get(name.join('.').toLowerCase())
      if (source === undefined) return undefined
      const columns = source.columns.map(({ name: column, type }) => ({
        source: column,
        name: column,
        type: fromDuckdbType(type).type,
        nullable: true,
      }))
      return { kind: 'scan', relation: { kind: 'files', source }, columns }
    },
    openFiles: () => Promise.reject(new Error('no files here')),
    held: () => undefined,
    udf: () => undefined,
    settings: DEFAULT_SETTINGS,
    newId: () => {
      id += 1
      return id
    },
    warn: () => {},
  }
  return analyze(parseQuery(sql, { timeZone: DEFAULT_SETTINGS.timeZone }), context)
}
