import { nameList } from './parse-function.ts'
import { properties } from './parse-properties.ts'
import { relationName } from './parse-relation.ts'
import { columnList } from './parse-type.ts'
import type { ParserContext } from './parser-context.ts'
import type { Options, StatementSyntax } from './statement-syntax.ts'

const endsName = (kind: string): boolean => kind === 'word' || kind === 'quoted'

/** CREATE, from its first word on. */
export const createStatement = (context: ParserContext, from: number): StatementSyntax => {
  const { cursor } = context
  cursor.expectWord('CREATE')
  const replace = cursor.takeWords('OR', 'REPLACE')
  const global = cursor.takeWords('GLOBAL')
  const temporary = cursor.takeWords('TEMPORARY') || cursor.takeWords('TEMP')
  if (cursor.takeWords('VIEW')) return createView(context, from, { replace, temporary, global })
  if (cursor.isWord('FUNCTION')) {
    cursor.next()
    throw cursor.refuse('CREATE FUNCTION', 'register functions in a TypeScript or JavaScript program', from)
  }
  if (cursor.isWord('TABLE') && !global) {
    cursor.next()
    if (temporary) throw cursor.refuse('CREATE TEMPORARY TABLE', 'write CREATE TEMPORARY VIEW … USING', from)
    return createTable(context, from, replace)
  }
  const what = cursor.peek()
  if (!global && !temporary && !replace && ['DATABASE', 'SCHEMA', 'NAMESPACE'].some((word) => cursor.isWord(word)))
    return createDatabase(context, from)
  if (what.kind === 'word' && REFUSED.has(what.value)) {
    cursor.next()
    throw cursor.refuse(`CREATE ${what.value}`, 'tables and views can be made', from)
  }
  throw cursor.unexpected(temporary ? 'VIEW' : 'TEMPORARY VIEW or TABLE')
}

const createDatabase = ({ cursor, ...context }: ParserContext, from: number): StatementSyntax => {
  cursor.next()
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS')
  const name = relationName({ cursor, ...context })
  if (cursor.takeWords('COMMENT')) cursor.expectString('a comment')
  if (cursor.isWord('LOCATION') || cursor.isWord('MANAGED')) {
    const { value } = cursor.next()
    throw cursor.refuse(`CREATE DATABASE … ${value}`, 'databases lie in spark.sql.warehouse.dir', from)
  }
  return { kind: 'create-database', name, ifNotExists, at: cursor.spanFrom(from) }
}

const REFUSED = new Set(['DATABASE', 'SCHEMA', 'NAMESPACE', 'INDEX', 'EXTERNAL', 'ROLE', 'VARIABLE'])

interface ViewWords {
  readonly replace: boolean
  readonly temporary: boolean
  readonly global: boolean
}

const createView = (context: ParserContext, from: number, words: ViewWords): StatementSyntax => {
  const { cursor, query } = context
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS')
  const name = relationName(context)
  // Columns with types belong to USING, columns without to AS.
  const typed = cursor.isSymbol('(') && endsName(cursor.peek(2).kind) && !cursor.isWord('COMMENT', 2)
  if (typed || cursor.isWord('USING')) {
    const schema = typed ? parenthesized(context) : undefined
    if (!cursor.takeWords('USING')) throw cursor.unexpected('USING and a format')
    if (!words.temporary) throw cursor.refuse('CREATE VIEW … USING', 'write CREATE TEMPORARY VIEW', from)
    const format = formatName(context)
    const options = cursor.takeWords('OPTIONS') ? properties(cursor) : {}
    return {
      kind: 'create-view-using',
      name,
      ...(schema === undefined ? {} : { schema }),
      replace: words.replace,
      global: words.global,
      format,
      options,
      at: cursor.spanFrom(from),
    }
  }
  const columns = cursor.isSymbol('(') ? viewColumns(context) : undefined
  for (;;) {
    if (cursor.takeWords('COMMENT')) cursor.expectString('a comment')
    else if (cursor.takeWords('TBLPROPERTIES')) properties(cursor)
    else break
  }
  if (!cursor.takeWords('AS')) throw cursor.unexpected('AS and a query, or USING and a format')
  const start = cursor.position
  const rows = query()
  const written = cursor.spanFrom(start)
  return {
    kind: 'create-view',
    queryText: context.text.slice(written.start, written.end),
    name,
    ...(columns === undefined ? {} : { columns }),
    ...words,
    ifNotExists,
    query: rows,
    at: cursor.spanFrom(from),
  }
}

const viewColumns = ({ cursor }: ParserContext): readonly string[] => {
  cursor.expectSymbol('(')
  const names = cursor.list(() => {
    const name = cursor.expectName('a column')
    if (cursor.takeWords('COMMENT')) cursor.expectString('a comment')
    return name
  })
  cursor.expectSymbol(')')
  return names
}

const parenthesized = ({ cursor }: ParserContext) => {
  cursor.expectSymbol('(')
  const schema = columnList(cursor)
  if (!cursor.isSymbol(')')) throw cursor.unexpected(', or )')
  cursor.next()
  return schema
}

/** `parquet`, or the name of a class with points. */
const formatName = ({ cursor }: ParserContext): string => {
  const parts = [cursor.expectName('a format')]
  while (cursor.takeSymbol('.')) parts.push(cursor.expectName('the rest of the format'))
  return parts.length === 1 ? parts.join('').toLowerCase() : parts.join('.')
}

const createTable = (context: ParserContext, from: number, replace: boolean): StatementSyntax => {
  const { cursor, query } = context
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS')
  const name = relationName(context)
  if (cursor.isWord('LIKE'))
    throw cursor.refuse('CREATE TABLE … LIKE', 'write CREATE TABLE … AS SELECT … LIMIT 0', from)
  const schema = cursor.isSymbol('(') ? parenthesized(context) : undefined
  let format: string | undefined
  let location: string | undefined
  let comment: string | undefined
  let options: Options = {}
  let tableProperties: Options = {}
  let partitionedBy: readonly string[] = []
  for (;;) {
    if (cursor.takeWords('USING')) format = formatName(context)
    else if (cursor.takeWords('OPTIONS')) options = properties(cursor)
    else if (cursor.takeWords('PARTITIONED', 'BY')) partitionedBy = partitionColumns(context)
    else if (cursor.takeWords('LOCATION')) location = cursor.expectString('a path')
    else if (cursor.takeWords('COMMENT')) comment = cursor.expectString('a comment')
    else if (cursor.takeWords('TBLPROPERTIES')) tableProperties = properties(cursor)
    else if (['CLUSTERED', 'CLUSTER', 'STORED', 'ROW', 'SKEWED', 'DEFAULT'].some((word) => cursor.isWord(word))) {
      const { value } = cursor.next()
      throw cursor.refuse(`${value} in CREATE TABLE`, 'use USING, OPTIONS, PARTITIONED BY and LOCATION')
    } else break
  }
  const as = cursor.takeWords('AS')
  const body = as || !cursor.isEnd() ? query() : undefined
  return {
    kind: 'create-table',
    name,
    ifNotExists,
    replace,
    ...(schema === undefined ? {} : { schema }),
    ...(format === undefined ? {} : { format }),
    options,
    partitionedBy,
    ...(location === undefined ? {} : { location }),
    ...(comment === undefined ? {} : { comment }),
    properties: tableProperties,
    ...(body === undefined ? {} : { query: body }),
    at: cursor.spanFrom(from),
  }
}

const partitionColumns = ({ cursor }: ParserContext): readonly string[] => {
  if (cursor.isSymbol('(', 2) || endsName(cursor.peek(2).kind)) {
    throw cursor.refuse('PARTITIONED BY with a type or a function', 'name columns of the table')
  }
  return nameList(cursor)
}
