import { enclosesQuery } from './keywords.ts'
import { nameList } from './parse-function.ts'
import { properties } from './parse-properties.ts'
import { relationName } from './parse-relation.ts'
import type { ParserContext } from './parser-context.ts'
import type { PartitionSyntax, StatementSyntax } from './statement-syntax.ts'
import type { PlanSyntax } from './syntax.ts'

/** PARTITION (a = 1, b), if it comes next. */
const partition = ({ cursor, expression }: ParserContext): readonly PartitionSyntax[] => {
  if (!cursor.takeWords('PARTITION')) return []
  cursor.expectSymbol('(')
  const columns = cursor.list((): PartitionSyntax => {
    const column = cursor.expectName('a column')
    return cursor.takeSymbol('=') || cursor.takeSymbol('==') ? { column, value: expression() } : { column }
  })
  cursor.expectSymbol(')')
  return columns
}

const directory = (context: ParserContext, from: number, named: (query: PlanSyntax) => PlanSyntax): StatementSyntax => {
  const { cursor, query } = context
  const path = cursor.peek().kind === 'string' ? cursor.expectString() : undefined
  if (cursor.isWord('ROW') || cursor.isWord('STORED')) {
    throw cursor.refuse('INSERT OVERWRITE DIRECTORY with a Hive format', 'write USING parquet, csv, json or text')
  }
  if (!cursor.takeWords('USING')) throw cursor.unexpected('USING and a format')
  const format = cursor.expectName('a format').toLowerCase()
  const options = cursor.takeWords('OPTIONS') ? properties(cursor) : {}
  if (path === undefined && !Object.keys(options).some((key) => key.toLowerCase() === 'path')) {
    throw cursor.error('PARSE_SYNTAX_ERROR', "INSERT OVERWRITE DIRECTORY needs a path: DIRECTORY '/data/out'.")
  }
  const rows = named(query())
  return {
    kind: 'insert-directory',
    ...(path === undefined ? {} : { path }),
    format,
    options,
    query: rows,
    at: cursor.spanFrom(from),
  }
}

/** INSERT, from its first word on. `named` puts the WITH before it around the query. */
export const insertStatement = (
  context: ParserContext,
  from: number,
  named: (query: PlanSyntax) => PlanSyntax,
): StatementSyntax => {
  const { cursor, query } = context
  cursor.expectWord('INSERT')
  const overwrite = cursor.takeWords('OVERWRITE')
  if (overwrite) {
    cursor.takeWords('LOCAL')
    if (cursor.takeWords('DIRECTORY')) return directory(context, from, named)
  } else if (!cursor.takeWords('INTO')) {
    throw cursor.unexpected('INTO or OVERWRITE')
  }
  if (cursor.isWord('REPLACE')) throw cursor.refuse('INSERT INTO … REPLACE WHERE', 'use INSERT OVERWRITE')
  cursor.takeWords('TABLE')
  const table = relationName(context)
  if (cursor.isWord('REPLACE')) throw cursor.refuse('INSERT INTO … REPLACE', 'use INSERT OVERWRITE')
  const spec = partition(context)
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS')
  const byName = cursor.takeWords('BY', 'NAME')
  const columns = !byName && cursor.isSymbol('(') && !enclosesQuery(cursor) ? nameList(cursor) : undefined
  const rows = named(query())
  return {
    kind: 'insert',
    table,
    overwrite,
    partition: spec,
    ifNotExists,
    ...(columns === undefined ? {} : { columns }),
    byName,
    query: rows,
    at: cursor.spanFrom(from),
  }
}
