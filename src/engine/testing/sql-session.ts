import type { Row } from '../dataframe/values.ts'
import type { Engine } from '../engine.ts'
import { QueryRunner } from '../query/query-runner.ts'
import { SessionRows } from '../query/session-rows.ts'
import { bindViews } from '../query/views.ts'
import { parseQuery } from '../sql/parse.ts'
import type { PlanSyntax } from '../sql/syntax.ts'

/** SQL over views of Parquet files on an engine, without the one session of a process. */
export class SqlSession {
  readonly runner: QueryRunner
  private readonly views = new Map<string, PlanSyntax>()

  constructor(engine: Engine) {
    this.runner = new QueryRunner(engine, engine.options.conf, new SessionRows())
  }

  parquet(name: string, ...paths: readonly string[]): void {
    this.views.set(name, { kind: 'files', format: 'parquet', paths, options: {} })
  }

  view(name: string, plan: PlanSyntax): void {
    this.views.set(name, plan)
  }

  plan(sql: string): PlanSyntax {
    return bindViews(parseQuery(sql, { timeZone: 'UTC' }), this.views)
  }

  collect(sql: string): Promise<readonly Row[]> {
    return this.runner.collect(this.plan(sql))
  }
}
