import { describe, expect, test } from 'vitest'
import { parseStatements } from './parse.ts'
import { splitStatements } from './split-statements.ts'
import type { StatementSyntax } from './statement-syntax.ts'
import { TPCH_QUERIES } from './testing/tpch-queries.ts'

const OPTIONS = { timeZone: 'UTC' }
const one = (text: string): StatementSyntax => {
  const [first, ...rest] = parseStatements(text, OPTIONS)
  if (first === undefined || rest.length > 0) throw new Error('one statement was expected')
  return first
}
const query = { kind: 'select' }

describe('a statement in full', () => {
  test.each<[string, unknown]>([
    ['SELECT 1', { kind: 'query', query }],
    ['(SELECT 1)', { kind: 'query', query }],
    ['EXPLAIN SELECT 1', { kind: 'explain', mode: 'simple', statement: { kind: 'query' } }],
    ['EXPLAIN FORMATTED INSERT INTO t SELECT 1', { mode: 'formatted', statement: { kind: 'insert' } }],
    [
      "CREATE OR REPLACE TEMP VIEW v (a COMMENT 'x', b) COMMENT 'c' AS SELECT 1, 2",
      {
        kind: 'create-view',
        name: ['v'],
        columns: ['a', 'b'],
        replace: true,
        ifNotExists: false,
        temporary: true,
        global: false,
        query,
      },
    ],
    ['CREATE GLOBAL TEMPORARY VIEW v AS SELECT 1', { kind: 'create-view', global: true, temporary: true }],
    ['CREATE VIEW v AS SELECT 1', { kind: 'create-view', temporary: false }],
    [
      "CREATE TEMPORARY VIEW v (a INT, b STRING) USING csv OPTIONS (path '/x', header = true)",
      {
        kind: 'create-view-using',
        format: 'csv',
        options: { path: '/x', header: 'true' },
        schema: { fields: [{ name: 'a', type: { kind: 'integer' } }, { name: 'b' }] },
      },
    ],
    [
      'CREATE TEMP VIEW v USING PARQUET OPTIONS (`path` "/x")',
      { kind: 'create-view-using', format: 'parquet', options: { path: '/x' } },
    ],
    ['DROP VIEW IF EXISTS v', { kind: 'drop-view', name: ['v'], ifExists: true }],
    [
      "CREATE TABLE IF NOT EXISTS db.t USING parquet PARTITIONED BY (a, b) LOCATION '/x' AS SELECT 1",
      {
        kind: 'create-table',
        name: ['db', 't'],
        ifNotExists: true,
        format: 'parquet',
        partitionedBy: ['a', 'b'],
        location: '/x',
        query,
      },
    ],
    [
      "CREATE OR REPLACE TABLE t (a INT NOT NULL COMMENT 'x', b ARRAY<STRING>) TBLPROPERTIES ('k' = 'v')",
      {
        kind: 'create-table',
        replace: true,
        schema: { fields: [{ nullable: false }, { nullable: true }] },
        properties: { k: 'v' },
      },
    ],
    ['DROP TABLE t PURGE', { kind: 'drop-table', ifExists: false, purge: true }],
    [
      'INSERT INTO t VALUES (1), (2)',
      { kind: 'insert', table: ['t'], overwrite: false, partition: [], query: { kind: 'values' } },
    ],
    [
      "INSERT OVERWRITE TABLE t PARTITION (d = '2024', h) SELECT 1",
      { kind: 'insert', overwrite: true, partition: [{ column: 'd', value: { value: '2024' } }, { column: 'h' }] },
    ],
    ['INSERT INTO t (a, b) SELECT 1, 2', { kind: 'insert', columns: ['a', 'b'] }],
    ['INSERT INTO t BY NAME (SELECT 1 AS a)', { kind: 'insert', byName: true, query }],
    ['INSERT INTO t (SELECT 1)', { kind: 'insert', byName: false, query }],
    ['WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a', { kind: 'insert', query: { kind: 'with', input: query } }],
    ['INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a', { kind: 'insert', query: { kind: 'with' } }],
    [
      "INSERT OVERWRITE LOCAL DIRECTORY '/out' USING csv OPTIONS (header true) SELECT 1",
      { kind: 'insert-directory', path: '/out', format: 'csv', options: { header: 'true' }, query },
    ],
    [
      "INSERT OVERWRITE DIRECTORY USING json OPTIONS ('path' '/out') SELECT 1",
      { kind: 'insert-directory', options: { path: '/out' } },
    ],
    ['SET', { kind: 'show-settings', verbose: false }],
    ['SET -v', { kind: 'show-settings', verbose: true }],
    ['SET spark.sql.x', { kind: 'show-settings', key: 'spark.sql.x' }],
    ["SET spark.x = /it's/a path = b", { kind: 'set', key: 'spark.x', value: "/it's/a path = b" }],
    ['set `a b`=`c d`', { kind: 'set', key: 'a b', value: 'c d' }],
    ['SET a=', { kind: 'set', key: 'a', value: '' }],
    ["SET TIME ZONE 'Asia/Tokyo'", { kind: 'set', key: 'spark.sql.session.timeZone', value: 'Asia/Tokyo' }],
    ['RESET', { kind: 'reset' }],
    ['RESET a.b', { kind: 'reset', key: 'a.b' }],
    [
      "CACHE LAZY TABLE t OPTIONS ('storageLevel' = 'DISK_ONLY') AS SELECT 1",
      { kind: 'cache', lazy: true, options: { storageLevel: 'DISK_ONLY' }, query },
    ],
    ['CACHE TABLE t', { kind: 'cache', lazy: false }],
    ['UNCACHE TABLE IF EXISTS t', { kind: 'uncache', ifExists: true }],
    ['CLEAR CACHE', { kind: 'clear-cache' }],
    ["SHOW TABLES IN db LIKE 'a*'", { kind: 'show', what: 'tables', in: ['db'], like: 'a*' }],
    ['SHOW VIEWS', { kind: 'show', what: 'views' }],
    ['SHOW COLUMNS IN t FROM db', { kind: 'show', what: 'columns', in: ['db', 't'] }],
    ['SHOW USER FUNCTIONS', { kind: 'show', what: 'functions', scope: 'user' }],
    ['SHOW SCHEMAS', { kind: 'show', what: 'databases' }],
    ['DESCRIBE TABLE EXTENDED db.t', { kind: 'describe-table', name: ['db', 't'], extended: true }],
    ['DESC t a.b', { kind: 'describe-table', column: ['a', 'b'] }],
    ['DESCRIBE QUERY SELECT 1', { kind: 'describe-query', query }],
    ['DESC SELECT 1', { kind: 'describe-query', query }],
    ['DESCRIBE FUNCTION EXTENDED abs', { kind: 'describe-function', name: ['abs'], extended: true }],
    ['DESC DATABASE db', { kind: 'describe-database', name: ['db'] }],
    ['CREATE SCHEMA IF NOT EXISTS db', { kind: 'create-database', name: ['db'], ifNotExists: true }],
    ['DROP DATABASE IF EXISTS db CASCADE', { kind: 'drop-database', name: ['db'], ifExists: true, cascade: true }],
    ['USE DATABASE db', { kind: 'use', name: ['db'] }],
    ['USE db', { kind: 'use', name: ['db'] }],
    ['REFRESH TABLE t', { kind: 'refresh', name: ['t'] }],
    ["REFRESH '/x'", { kind: 'refresh-path', path: '/x' }],
  ])('%s', (text, expected) => {
    const statement = one(text)
    expect(statement).toMatchObject(expected as object)
    expect(statement.at).toEqual({ start: 0, end: text.length })
  })
})

describe('what is refused says why', () => {
  test.each([
    ["CREATE TEMPORARY FUNCTION f AS 'a.B'", /CREATE FUNCTION is not supported; register functions/],
    ['CREATE VIEW v USING csv', /write CREATE TEMPORARY VIEW/],
    ['CREATE TEMPORARY TABLE t USING csv', /CREATE TEMPORARY VIEW/],
    ["CREATE DATABASE db LOCATION '/x'", /CREATE DATABASE … LOCATION/],
    ['MERGE INTO t USING u ON a', /MERGE/],
    ['ALTER TABLE t RENAME TO u', /ALTER/],
    ['DELETE FROM t', /DELETE/],
    ['BEGIN SELECT 1', /BEGIN/],
    ['SET ROLE admin', /SET ROLE/],
    ['CREATE TABLE t (a INT DEFAULT 1)', /DEFAULT/],
    ['CREATE TABLE t (a CHAR(3))', /CHAR/],
    ['CREATE TABLE t STORED AS ORC', /STORED/],
    ['SHOW PARTITIONS t', /SHOW PARTITIONS/],
  ])('%s', (text, message) => {
    expect(() => one(text)).toThrow(
      expect.objectContaining({ condition: 'UNSUPPORTED_FEATURE', message: expect.stringMatching(message) }),
    )
  })

  test.each([
    ['SELCT 1', /SELCT looks like SELECT/],
    ['CREATE TEMP VEIW v AS SELECT 1', /VEIW looks like VIEW/],
    ['INSERT OVERWRITE DIRECTORY USING csv SELECT 1', /needs a path/],
    ['SHOW', /TABLES, VIEWS/],
    ['CREATE TABLE t (a INT, A INT)', /twice/],
    ["CREATE TEMP VIEW v USING csv OPTIONS (a 'x', A 'y')", /twice/],
    ['SELECT 1 SELECT 2', /end of the statement/],
  ])('%s', (text, message) => {
    expect(() => one(text)).toThrow(message)
  })
})

describe('a script', () => {
  test('is split at semicolons outside of strings, names and comments', () => {
    const script = "-- a; b\nSELECT ';', `a;b`, \"c;\" /* ; */;\n;SET x = 1;\nSELECT r'\\';\nSELECT 'a\\';' ; "
    expect(splitStatements(script).map(({ start, end }) => script.slice(start, end))).toEqual([
      'SELECT \';\', `a;b`, "c;"',
      'SET x = 1',
      "SELECT r'\\'",
      "SELECT 'a\\';'",
    ])
  })

  test('has places in the whole text', () => {
    const script = 'SELECT 1;\n SELECT a FROM t'
    const [, second] = parseStatements(script, OPTIONS)
    expect(script.slice(second?.at.start, second?.at.end)).toBe('SELECT a FROM t')
    expect(() => parseStatements('SELECT 1; SELECT', OPTIONS)).toThrow(
      expect.objectContaining({ at: { start: 16, end: 16 } }),
    )
  })

  test('counts its parameters from the first statement on', () => {
    const [a, b] = parseStatements('SELECT ?; SELECT ?', {
      ...OPTIONS,
      parameters: [
        { kind: 'literal', value: 'x', type: { kind: 'string' } },
        { kind: 'literal', value: 'y', type: { kind: 'string' } },
      ],
    })
    expect(a).toMatchObject({ query: { items: [{ value: 'x' }] } })
    expect(b).toMatchObject({ query: { items: [{ value: 'y' }] } })
  })

  test('of nothing is empty', () => {
    expect(parseStatements(' ; -- nothing\n', OPTIONS)).toEqual([])
  })
})

test.each(TPCH_QUERIES.map((text, i) => [i + 1, text] as const))('TPC-H q%i', (number, text) => {
  const statements = parseStatements(text, OPTIONS)
  expect(statements.map(({ kind }) => kind)).toEqual(number === 15 ? ['create-view', 'query', 'drop-view'] : ['query'])
})
