import type { Conf } from '../../src/engine/conf.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { messageOf } from '../../src/engine/errors.ts'
import { withDriver } from '../../src/engine/query/driver-connection.ts'
import { QueryRunner } from '../../src/engine/query/query-runner.ts'
import { timeZone } from '../../src/engine/query/query-settings.ts'
import { resultSql, runQuery } from '../../src/engine/query/run-query.ts'
import { SessionRows } from '../../src/engine/query/session-rows.ts'
import { bindViews, type Views } from '../../src/engine/query/views.ts'
import { parseQuery } from '../../src/engine/sql/parse.ts'
import { SqlError } from '../../src/engine/sql/sql-error.ts'
import { simpleString } from '../../src/engine/types/type-name.ts'
import { cellOf } from './cell.ts'

export type Answer =
  | { readonly kind: 'rows'; readonly types: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'error'; readonly condition: string; readonly message: string }

const CONDITION = /\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]/

const errorOf = (error: unknown): Answer => {
  if (error instanceof SqlError) return { kind: 'error', condition: error.condition, message: error.message }
  const message = messageOf(error)
  return { kind: 'error', condition: CONDITION.exec(message)?.[1] ?? 'none', message }
}

/** What the engine answers to a query over views. */
export const answerOf = async (engine: Engine, sql: string, views: Views, conf: Conf): Promise<Answer> => {
  const runner = new QueryRunner(engine, conf, new SessionRows())
  try {
    const plan = bindViews(parseQuery(sql, { timeZone: timeZone(conf) }), views)
    const result = await runQuery(engine, conf, await runner.prepare(plan), 'test')
    try {
      const { output, files } = result
      const paths = files.map(({ path }) => path)
      const rows = await withDriver(engine, conf, (connection) => connection.rows(resultSql(paths, output)))
      return {
        kind: 'rows',
        types: output.map(({ type }) => simpleString(type)),
        rows: rows.map((row) => row.map((value, index) => cellOf(value, output[index]!.type))),
      }
    } finally {
      await result.release()
    }
  } catch (error) {
    return errorOf(error)
  } finally {
    await runner.release()
  }
}
