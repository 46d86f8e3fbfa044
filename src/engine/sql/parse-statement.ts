import { startsQuery } from './keywords.ts'
import { createStatement } from './parse-create.ts'
import { insertStatement } from './parse-insert.ts'
import { properties } from './parse-properties.ts'
import { withClause } from './parse-query.ts'
import { relationName } from './parse-relation.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExplainMode, Name, StatementOf, StatementSyntax } from './statement-syntax.ts'

type Rule = (context: ParserContext, from: number) => StatementSyntax

const EXPLAIN_MODES: Readonly<Record<string, ExplainMode>> = {
  EXTENDED: 'extended',
  CODEGEN: 'codegen',
  COST: 'cost',
  FORMATTED: 'formatted',
}

const explain: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  const word = cursor.peek()
  const mode = word.kind === 'word' ? EXPLAIN_MODES[word.value] : undefined
  if (mode !== undefined) cursor.next()
  const explained = cursor.nested(() => statement(context))
  return { kind: 'explain', mode: mode ?? 'simple', statement: explained, at: cursor.spanFrom(from) }
}

const drop: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  const temporary = cursor.takeWords('TEMPORARY') || cursor.takeWords('TEMP')
  const what = cursor.peek()
  if (what.kind !== 'word') throw cursor.unexpected('VIEW or TABLE')
  if (temporary || (what.value !== 'VIEW' && what.value !== 'TABLE')) {
    if (!temporary && ['DATABASE', 'SCHEMA', 'NAMESPACE'].includes(what.value)) {
      cursor.next()
      const ifExists = cursor.takeWords('IF', 'EXISTS')
      const name = relationName(context)
      const cascade = cursor.takeWords('CASCADE')
      if (!cascade) cursor.takeWords('RESTRICT')
      return { kind: 'drop-database', name, ifExists, cascade, at: cursor.spanFrom(from) }
    }
    if (['FUNCTION', 'INDEX', 'VARIABLE'].includes(what.value)) {
      cursor.next()
      throw cursor.refuse(`DROP ${what.value}`, 'only tables, views and databases can be dropped', from)
    }
    throw cursor.unexpected('VIEW or TABLE')
  }
  cursor.next()
  const ifExists = cursor.takeWords('IF', 'EXISTS')
  const name = relationName(context)
  if (what.value === 'VIEW') return { kind: 'drop-view', name, ifExists, at: cursor.spanFrom(from) }
  const purge = cursor.takeWords('PURGE')
  return { kind: 'drop-table', name, ifExists, purge, at: cursor.spanFrom(from) }
}

const cache: Rule = (context, from) => {
  const { cursor, query } = context
  cursor.next()
  const lazy = cursor.takeWords('LAZY')
  cursor.expectWord('TABLE')
  const name = relationName(context)
  const options = cursor.takeWords('OPTIONS') ? properties(cursor) : {}
  const body = cursor.takeWords('AS') || !cursor.isEnd() ? query() : undefined
  return {
    kind: 'cache',
    name,
    lazy,
    options,
    ...(body === undefined ? {} : { query: body }),
    at: cursor.spanFrom(from),
  }
}

const uncache: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  cursor.expectWord('TABLE')
  const ifExists = cursor.takeWords('IF', 'EXISTS')
  return { kind: 'uncache', name: relationName(context), ifExists, at: cursor.spanFrom(from) }
}

const clear: Rule = ({ cursor }, from) => {
  cursor.next()
  cursor.expectWord('CACHE')
  return { kind: 'clear-cache', at: cursor.spanFrom(from) }
}

const SHOWN: Readonly<Record<string, StatementOf<'show'>['what']>> = {
  TABLES: 'tables',
  VIEWS: 'views',
  COLUMNS: 'columns',
  FUNCTIONS: 'functions',
  DATABASES: 'databases',
  SCHEMAS: 'databases',
  NAMESPACES: 'databases',
}

const SCOPES: Readonly<Record<string, 'user' | 'system' | 'all'>> = { USER: 'user', SYSTEM: 'system', ALL: 'all' }

const show: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  const scoped = cursor.isWord('FUNCTIONS', 1) ? SCOPES[cursor.peek().value] : undefined
  if (scoped !== undefined) cursor.next()
  const word = cursor.peek()
  const what = word.kind === 'word' ? SHOWN[word.value] : undefined
  if (what === undefined) {
    if (['CREATE', 'PARTITIONS', 'TBLPROPERTIES', 'TABLE', 'CATALOGS', 'CURRENT'].includes(word.value)) {
      cursor.next()
      throw cursor.refuse(`SHOW ${word.value}`, 'SHOW TABLES, VIEWS, COLUMNS, FUNCTIONS and DATABASES are', from)
    }
    throw cursor.unexpected('TABLES, VIEWS, COLUMNS, FUNCTIONS or DATABASES')
  }
  cursor.next()
  const place = (): Name | undefined =>
    cursor.takeWords('IN') || cursor.takeWords('FROM') ? relationName(context) : undefined
  let where = place()
  if (what === 'columns') {
    if (where === undefined) throw cursor.unexpected('IN and a table')
    const database = place()
    if (database !== undefined) where = [...database, ...where.slice(-1)]
  }
  let like: string | undefined
  if (cursor.takeWords('LIKE')) like = cursor.expectString('a pattern')
  else if (cursor.peek().kind === 'string') like = cursor.expectString()
  else if (what === 'functions' && !cursor.isEnd()) like = relationName(context).join('.')
  return {
    kind: 'show',
    what,
    ...(where === undefined ? {} : { in: where }),
    ...(like === undefined ? {} : { like }),
    ...(scoped === undefined ? {} : { scope: scoped }),
    at: cursor.spanFrom(from),
  }
}

const describe: Rule = (context, from) => {
  const { cursor, query } = context
  cursor.next()
  const at = () => cursor.spanFrom(from)
  if (cursor.takeWords('QUERY') || (startsQuery(cursor) && !cursor.isWord('TABLE')))
    return { kind: 'describe-query', query: query(), at: at() }
  if (cursor.takeWords('FUNCTION')) {
    const extended = cursor.takeWords('EXTENDED')
    const name = cursor.peek()
    // DESCRIBE FUNCTION || and DESCRIBE FUNCTION 'x' are Spark's too.
    const parts = name.kind === 'symbol' || name.kind === 'string' ? [cursor.next().value] : relationName(context)
    return { kind: 'describe-function', name: parts, extended, at: at() }
  }
  if (cursor.takeWords('DATABASE') || cursor.takeWords('SCHEMA') || cursor.takeWords('NAMESPACE')) {
    const extended = cursor.takeWords('EXTENDED')
    return { kind: 'describe-database', name: relationName(context), extended, at: at() }
  }
  cursor.takeWords('TABLE')
  const extended = cursor.takeWords('EXTENDED') || cursor.takeWords('FORMATTED')
  const name = relationName(context)
  if (cursor.isWord('PARTITION')) throw cursor.refuse('DESCRIBE of a partition', 'describe the table')
  if (cursor.isWord('AS') && cursor.isWord('JSON', 1)) throw cursor.refuse('DESCRIBE … AS JSON', 'leave out AS JSON')
  const column = cursor.isEnd() ? undefined : relationName(context)
  return { kind: 'describe-table', name, extended, ...(column === undefined ? {} : { column }), at: at() }
}

const use: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  if (!cursor.takeWords('DATABASE') && !cursor.takeWords('SCHEMA')) cursor.takeWords('NAMESPACE')
  return { kind: 'use', name: relationName(context), at: cursor.spanFrom(from) }
}

const refresh: Rule = (context, from) => {
  const { cursor } = context
  cursor.next()
  if (cursor.peek().kind === 'string') {
    return { kind: 'refresh-path', path: cursor.expectString(), at: cursor.spanFrom(from) }
  }
  if (cursor.isWord('FUNCTION')) throw cursor.refuse('REFRESH FUNCTION', 'functions of the program are always fresh')
  cursor.takeWords('TABLE')
  return { kind: 'refresh', name: relationName(context), at: cursor.spanFrom(from) }
}

const RULES: Readonly<Record<string, Rule>> = {
  EXPLAIN: explain,
  CREATE: createStatement,
  DROP: drop,
  INSERT: (context, from) => insertStatement(context, from, (query) => query),
  CACHE: cache,
  UNCACHE: uncache,
  CLEAR: clear,
  SHOW: show,
  DESCRIBE: describe,
  DESC: describe,
  USE: use,
  REFRESH: refresh,
}

/** What Spark has, and why it is not here. */
const REFUSED: Readonly<Record<string, string>> = {
  ALTER: 'create the table or view anew',
  UPDATE: 'write the changed rows with INSERT OVERWRITE',
  DELETE: 'write the rows that stay with INSERT OVERWRITE',
  MERGE: 'join, and write the result with INSERT OVERWRITE',
  TRUNCATE: 'drop the table',
  REPLACE: 'write CREATE OR REPLACE TABLE',
  ANALYZE: 'statistics come from the files themselves',
  LOAD: 'read the files where they are',
  MSCK: 'partitions are found when the files are listed',
  REPAIR: 'partitions are found when the files are listed',
  GRANT: 'access is what the pod may read',
  REVOKE: 'access is what the pod may read',
  COMMENT: 'comments are not kept',
  DECLARE: 'use parameters or settings',
  EXECUTE: 'give the text of the statement itself',
  BEGIN: 'write the statements one after the other',
  CALL: 'use a program',
  ADD: 'put files into the image or a volume',
  LIST: 'put files into the image or a volume',
  SET: 'write SET as a statement of its own',
  RESET: 'write RESET as a statement of its own',
}

/** One statement, up to and not including what follows it. */
export const statement = (context: ParserContext): StatementSyntax => {
  const { cursor, query } = context
  const from = cursor.position
  const word = cursor.peek()
  const rule = word.kind === 'word' ? RULES[word.value] : undefined
  if (rule !== undefined) return rule(context, from)
  if (cursor.isWord('WITH')) {
    const mark = cursor.position
    const named = withClause(context)
    if (cursor.isWord('INSERT')) return insertStatement(context, from, named)
    cursor.backTo(mark)
  }
  if (startsQuery(cursor)) return { kind: 'query', query: query(), at: cursor.spanFrom(from) }
  const instead = word.kind === 'word' ? REFUSED[word.value] : undefined
  if (instead !== undefined) {
    cursor.next()
    throw cursor.refuse(`The statement ${word.value}`, instead, from)
  }
  throw cursor.unexpected('a statement such as SELECT')
}
