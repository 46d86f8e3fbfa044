import type { Connection } from '../duckdb/database.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { userError } from '../errors.ts'
import { isObject, type Json, type QueryNode } from './ast.ts'

/** Numbers that JavaScript would write otherwise (64-bit constants, unknown locations, 10.0) stay as the text they came in. */
const exactNumbers = (_key: string, value: Json, context: { readonly source?: string }): Json =>
  typeof value === 'number' && context.source !== undefined && String(value) !== context.source
    ? (JSON.rawJSON(context.source) as unknown as Json)
    : value

/**
 * One query as a tree; DuckDB does the parsing.
 * Throws DatabaseError (type Parser, with the position), or EngineError where the text is no single query.
 */
export const parseQuery = async (connection: Connection, text: string): Promise<QueryNode> => {
  const answer = await connection.value('SELECT json_serialize_sql($1::VARCHAR)', text)
  const parsed = JSON.parse(
    String(answer),
    exactNumbers as (this: unknown, key: string, value: unknown) => unknown,
  ) as Json
  if (!isObject(parsed)) throw userError('the query cannot be parsed')
  if (parsed.error === true) {
    const position = Number(parsed.position)
    throw new DatabaseError(
      String(parsed.error_type),
      String(parsed.error_message),
      parsed.position !== undefined && Number.isSafeInteger(position) ? position : undefined,
      undefined,
    )
  }
  const statements = parsed.statements as readonly { readonly node: QueryNode }[]
  const first = statements[0]
  if (first === undefined || statements.length > 1) throw userError(`expected one query, found ${statements.length}`)
  return first.node
}

/** SQL text of a tree; DuckDB does the writing. */
export const renderQuery = async (connection: Connection, node: QueryNode): Promise<string> => {
  const json = JSON.stringify({ error: false, statements: [{ node, named_param_map: [] }] })
  return String(await connection.value('SELECT json_deserialize_sql($1::JSON)', json))
}
