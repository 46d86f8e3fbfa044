import type { Engine } from '../engine.ts'
import { EngineError, userError } from '../errors.ts'
import { parseStatements } from '../sql/parse.ts'
import { splitStatements } from '../sql/split-statements.ts'
import { placeIn, type Span, SqlError } from '../sql/sql-error.ts'
import type { StatementSyntax } from '../sql/statement-syntax.ts'
import { QueryRunner } from './query-runner.ts'
import { timeZone } from './query-settings.ts'
import { changedState, runStatement, type ScriptOutput, type ScriptState } from './run-statement.ts'
import type { SessionRows } from './session-rows.ts'

/**
 * Runs the statements of a script in order; results go to `output`. Throws EngineError with the statement's number,
 * line and column; a script without any is an error too.
 */
export const runScript = async (
  engine: Engine,
  script: string,
  start: ScriptState,
  rows: SessionRows,
  output: ScriptOutput,
): Promise<ScriptState> => {
  let state = start
  const statements = parse(script, start)
  if (statements.length === 0) throw userError('the program holds no statement')
  for (const [index, statement] of statements.entries()) {
    try {
      // Queries of the runner count themselves.
      if (statement.kind !== 'query') engine.metrics.add('bellows_statements_total')
      const next = changedState(statement, state, rows)
      await runStatement(engine, statement, state, rows, output)
      state = next
      if (rows.held.abandoned.length > 0) await new QueryRunner(engine, state.conf, rows).sweep()
    } catch (error) {
      throw located(script, statement, index + 1, error)
    }
  }
  return state
}

const parse = (script: string, { conf }: ScriptState): readonly StatementSyntax[] => {
  try {
    return parseStatements(script, { timeZone: timeZone(conf) })
  } catch (error) {
    if (!(error instanceof SqlError) || error.at === undefined) throw error
    const { start } = error.at
    const number = splitStatements(script).findLastIndex((span) => span.start <= start) + 1
    throw atPlace(script, Math.max(1, number), error, error.at)
  }
}

const atPlace = (script: string, number: number, error: SqlError, at: Span): EngineError => {
  const { line, column } = placeIn(script, at.start)
  return userError(`statement ${number}, line ${line}, column ${column}: [${error.condition}] ${error.message}`, error)
}

const located = (script: string, statement: StatementSyntax, number: number, error: unknown): unknown => {
  if (error instanceof SqlError) {
    if (error.at !== undefined) return atPlace(script, number, error, error.at)
    const { line } = placeIn(script, statement.at.start)
    return userError(`statement ${number}, line ${line}: [${error.condition}] ${error.message}`, error)
  }
  if (error instanceof EngineError && !error.message.startsWith('statement ')) {
    const { line } = placeIn(script, statement.at.start)
    return new EngineError(error.kind, `statement ${number}, line ${line}: ${error.message}`, { cause: error })
  }
  return error
}
