import { analyze, schemaOf } from '../../src/engine/analysis/analyze.ts'
import type { Analysis } from '../../src/engine/analysis/analyzed.ts'
import { type AnalysisContext, DEFAULT_SETTINGS } from '../../src/engine/analysis/context.ts'
import { rowContext } from '../../src/engine/analysis/expression-context.ts'
import { resolveExpression } from '../../src/engine/analysis/resolve-expression.ts'
import type { Connection } from '../../src/engine/duckdb/database.ts'
import { emitExpression as emit, type Scope } from '../../src/engine/emit/emit-expression.ts'
import { emitPlan } from '../../src/engine/emit/emit-plan.ts'
import { runtimeError } from '../../src/engine/emit/runtime-error.ts'
import { castSql } from '../../src/engine/functions/cast.ts'
import { lookupFunction } from '../../src/engine/functions/registry.ts'
import { parseExpression, parseQuery } from '../../src/engine/sql/parse.ts'
import { SqlError } from '../../src/engine/sql/sql-error.ts'
import type { ExpressionSyntax } from '../../src/engine/sql/syntax.ts'
import { STRING } from '../../src/engine/types/data-type.ts'
import { duckdbTypeOf } from '../../src/engine/types/duckdb-type.ts'
import { simpleString } from '../../src/engine/types/type-name.ts'

/** What became of an expression: rows of texts, the error of the same name as Spark's, or a refusal. */
export type Outcome =
  | { readonly kind: 'rows'; readonly types: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly kind: 'error'; readonly condition: string; readonly message: string }
  | { readonly kind: 'refused'; readonly condition: string; readonly message: string }

export const TIME_ZONE = 'America/Los_Angeles'
const SETTINGS = { ...DEFAULT_SETTINGS, timeZone: TIME_ZONE }

const never = (): never => {
  throw new SqlError('UNSUPPORTED_FEATURE', 'A case has no columns and no subqueries')
}

const EMIT_SCOPE: Scope = { settings: SETTINGS, column: never, plan: never, udf: never }

const emitExpression = (expression: Parameters<typeof emit>[0]): string => emit(expression, EMIT_SCOPE)

const REFUSED = /^(UNSUPPORTED_|UNRESOLVED_ROUTINE|NAMED_PARAMETERS_NOT_SUPPORTED)/

const analysisContext = (): AnalysisContext => {
  let last = 0
  return {
    find: async () => undefined,
    openFiles: () => Promise.reject(new Error('A case reads no files')),
    held: () => undefined,
    udf: () => undefined,
    settings: SETTINGS,
    newId: () => ++last,
    warn: () => {},
  }
}

const analysisOf = (): Analysis => ({
  context: analysisContext(),
  leaves: undefined as never,
  plan: () => {
    throw new SqlError('UNSUPPORTED_FEATURE', 'A case has no subquery')
  },
  expression: resolveExpression,
  given: new WeakMap(),
  spans: new WeakMap(),
})

const EMPTY = { find: () => undefined, columns: [], hidden: [], inputs: [], outer: undefined }
const SCOPE = { tables: new Map(), outer: undefined, find: async () => undefined, hints: [], depth: 0 }

interface Translation {
  readonly types: readonly string[]
  readonly sql: string
}

/** A case is an expression, or what stands behind SELECT. */
const expressionOf = (text: string): ExpressionSyntax | undefined => {
  try {
    return parseExpression(text, { timeZone: TIME_ZONE })
  } catch (error) {
    if (error instanceof SqlError) return undefined
    throw error
  }
}

const makesRows = (syntax: ExpressionSyntax): boolean =>
  syntax.kind === 'call' && lookupFunction(syntax.name.replace(/_outer$/, ''))?.kind === 'generator'

const translateQuery = async (text: string): Promise<Translation> => {
  const plan = await analyze(parseQuery(`SELECT ${text}`, { timeZone: TIME_ZONE }), analysisContext())
  const types = schemaOf(plan).fields.map(({ type }) => type)
  const { sql } = emitPlan(plan, SETTINGS, { view: never })
  const names = types.map((_, index) => `v${index}`)
  const texts = types.map((type, index) => textOf(`v${index}`, type))
  return { types: types.map(simpleString), sql: `SELECT ${texts.join(', ')} FROM (${sql}) AS q(${names.join(', ')})` }
}

/** DuckDB SQL of a query that gives the value of a case as text, and Spark's types of its columns. */
export const translate = async (text: string): Promise<Translation> => {
  const syntax = expressionOf(text)
  if (syntax === undefined || makesRows(syntax)) return await translateQuery(text)
  const context = rowContext(analysisOf(), SCOPE, EMPTY, 'a case')
  const expression = context.analysis.expression(syntax, context)
  const sql = emitExpression(expression)
  const checked = `CASE WHEN typeof(v) <> typeof(CAST(NULL AS ${duckdbTypeOf(expression.type)})) AND '${expression.type.kind}' <> 'void' AND v IS NOT NULL THEN error('the type inside is ' || typeof(v)) ELSE ${textOf('v', expression.type)} END`
  return { types: [simpleString(expression.type)], sql: `SELECT ${checked} FROM (SELECT ${sql} AS v)` }
}

const textOf = (sql: string, type: Parameters<typeof castSql>[1]): string =>
  type.kind === 'binary'
    ? `hex(${sql})`
    : type.kind === 'void'
      ? `CAST(${sql} AS VARCHAR)`
      : castSql(sql, type, STRING, 'ansi', SETTINGS)

/** Whether the case is refused before it runs. */
export const isRefused = async (text: string): Promise<boolean> => {
  try {
    await translate(text)
    return false
  } catch (error) {
    if (error instanceof SqlError) return REFUSED.test(error.condition)
    throw error
  }
}

/** The outcome of one case on this engine. */
export const evaluate = async (connection: Connection, text: string): Promise<Outcome> => {
  try {
    const { types, sql } = await translate(text)
    const rows = await connection.rows(sql)
    return { kind: 'rows', types, rows: rows.map((row) => row.map((value) => (value === null ? null : String(value)))) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof SqlError) {
      if (REFUSED.test(error.condition)) return { kind: 'refused', condition: error.condition, message }
      return { kind: 'error', condition: error.condition, message }
    }
    const fault = runtimeError(message)
    if (fault && REFUSED.test(fault.condition)) return { kind: 'refused', condition: fault.condition, message }
    return { kind: 'error', condition: fault?.condition ?? 'NONE', message }
  }
}
