import { type Conf, confChoice, confInteger } from '../conf.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import type { Engine } from '../engine.ts'
import { EngineError, userError } from '../errors.ts'
import { explainPlan } from '../plan/explain.ts'
import { planQuery } from '../query.ts'
import type { ShownRows, WrittenFiles } from '../result-summary.ts'
import { firstRows, jsonLines, showText } from '../sinks/show.ts'
import { writeFiles } from '../sinks/write-files.ts'
import { parseScript } from './parse-script.ts'
import { errorOffset, placeAt } from './source-text.ts'
import type { QueryText, Statement } from './statement.ts'
import { type Views, withoutView, withView } from './views.ts'

const MAX_ROWS = 20

/** What a script changes as it runs. */
export interface ScriptState {
  readonly views: Views
  readonly conf: Conf
}

/** Where results of statements go. */
export interface ScriptOutput {
  readonly print: (text: string) => void
  /** Told of what was printed, as values, and of files that were written. */
  readonly shown: (rows: ShownRows) => void
  readonly wrote: (files: WrittenFiles) => void
}

/**
 * Runs the statements of a script in order; results go to `output`. Throws EngineError with the statement's number,
 * line and column; a script without any is an error too.
 */
export const runScript = async (
  engine: Engine,
  script: string,
  start: ScriptState,
  output: ScriptOutput,
): Promise<ScriptState> => {
  let state = start
  const statements = parseScript(script)
  if (statements.length === 0) throw userError('the program holds no statement')
  for (const statement of statements) {
    engine.metrics.add('bellows_statements_total')
    try {
      state = await runStatement(engine, statement, state, output)
    } catch (error) {
      throw locatedError(script, statement, error)
    }
  }
  return state
}

/** Carries out one statement and gives the state after it. */
export const runStatement = async (
  engine: Engine,
  statement: Statement,
  state: ScriptState,
  output: ScriptOutput,
): Promise<ScriptState> => {
  const { views, conf } = state
  const { print } = output
  const next = changedState(statement, state)
  switch (statement.kind) {
    case 'set':
    case 'drop-view':
      return next
    case 'create-view':
    case 'create-file-view':
      await checkView(engine, statement, state, next)
      return next
    case 'show-setting': {
      const entries = Object.entries(conf).filter(([key]) => statement.key === undefined || key === statement.key)
      print(
        entries.length === 0
          ? `${statement.key}: not set\n`
          : entries.map(([key, value]) => `${key}=${value}\n`).join(''),
      )
      return next
    }
    case 'explain':
      print(explainPlan(await planQuery(engine, statement.query, views, { conf })))
      return next
    case 'insert-directory': {
      const { path, format, options, query } = statement
      const plan = await planQuery(engine, query, views, { conf })
      const { files, rows } = await writeFiles(engine, plan, conf, {
        path,
        format,
        options,
        mode: 'overwrite',
        partitionBy: [],
      })
      output.wrote({ location: path, files, rows })
      return next
    }
    case 'query': {
      const maxRows = confInteger(conf, 'spark.bellows.sql.maxRows', MAX_ROWS)
      const form = confChoice(conf, 'spark.bellows.sql.output', 'table', ['table', 'json'])
      const plan = await planQuery(engine, statement.query, views, { conf, limit: maxRows + 1 })
      const rows = await firstRows(engine, plan, conf, maxRows)
      print(form === 'json' ? jsonLines(rows) : showText(rows))
      output.shown(rows)
      return next
    }
  }
}

/** The part of a statement that only changes names and settings; pure. */
export const changedState = (statement: Statement, state: ScriptState): ScriptState => {
  const { views, conf } = state
  switch (statement.kind) {
    case 'set':
      return { views, conf: { ...conf, [statement.key]: statement.value } }
    case 'create-view':
      refuseTwice(statement.name, statement.replace, views)
      return {
        conf,
        views: withView(views, statement.name, {
          kind: 'query',
          query: statement.query,
          views,
          columns: statement.columns,
        }),
      }
    case 'create-file-view': {
      refuseTwice(statement.name, statement.replace, views)
      const { path, ...options } = statement.options
      if (path === undefined) throw userError(`the view ${statement.name} needs OPTIONS (path '…')`)
      return {
        conf,
        views: withView(views, statement.name, { kind: 'files', format: statement.format, paths: [path], options }),
      }
    }
    case 'drop-view':
      if (!statement.ifExists && !views.has(statement.name.toLowerCase()))
        throw userError(`there is no view ${statement.name}`)
      return { conf, views: withoutView(views, statement.name) }
    case 'query':
    case 'explain':
    case 'insert-directory':
    case 'show-setting':
      return state
  }
}

const refuseTwice = (name: string, replace: boolean, views: Views): void => {
  if (!replace && views.has(name.toLowerCase())) {
    throw userError(`the view ${name} exists already: write CREATE OR REPLACE TEMPORARY VIEW`)
  }
}

/** Binds a new view at once, so that its errors come where it is made and not where it is first used. */
const checkView = async (
  engine: Engine,
  statement: Extract<Statement, { kind: 'create-view' | 'create-file-view' }>,
  before: ScriptState,
  after: ScriptState,
): Promise<void> => {
  if (statement.kind === 'create-view') await planQuery(engine, statement.query, before.views, { conf: before.conf })
  else await planQuery(engine, wholeView(statement.name), after.views, { conf: after.conf })
}

const wholeView = (name: string): QueryText => ({
  text: `SELECT * FROM "${name.replaceAll('"', '""')}"`,
  origin: [],
  files: [],
})

const queryOf = (statement: Statement): QueryText | undefined => ('query' in statement ? statement.query : undefined)

const locatedError = (script: string, statement: Statement, error: unknown): unknown => {
  if (error instanceof DatabaseError) {
    const query = queryOf(statement)
    const units = query && errorOffset(query.text, error)
    const offset =
      units === undefined
        ? statement.start
        : (query?.origin[Math.min(units, query.origin.length - 1)] ?? statement.start)
    const { line, column } = placeAt(script, offset)
    const place = `statement ${statement.number}, line ${line}${units === undefined ? '' : `, column ${column}`}`
    return userError(`${place}: ${error.message}`, error)
  }
  if (error instanceof EngineError && !error.message.startsWith('statement ')) {
    const { line } = placeAt(script, statement.start)
    return new EngineError(error.kind, `statement ${statement.number}, line ${line}: ${error.message}`, {
      cause: error,
    })
  }
  return error
}
