import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScript } from './parse-script.ts'
import { tokenize } from './tokens.ts'

describe('tokenize', () => {
  it('loses nothing', () => {
    const piece = fc.constantFrom(
      "'a;''b'",
      '"x"',
      '`y`',
      '-- c\n',
      '/* ; /* ; */ */',
      'SELECT',
      ' ',
      ';',
      '1.5',
      '$$;$$',
      "E'\\''",
      '(',
      '.',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(
            tokenize(text)
              .map((token) => token.text)
              .join(''),
          ).toBe(text)
        },
      ),
    )
  })
})

describe('parseScript', () => {
  it('cuts at semicolons that are code', () => {
    const script = 'SELECT \';\' AS a; -- not; here\n SELECT $$;$$ /* nor ; here */, "b;c" FROM `d;e`;; '
    const statements = parseScript(script)
    expect(statements.map(({ kind, number, start }) => [kind, number, start])).toEqual([
      ['query', 1, 0],
      ['query', 2, script.indexOf('SELECT $$')],
    ])
  })

  it("reads Spark's statements", () => {
    const [view, files, set, insert, drop] = parseScript(
      `
      CREATE OR REPLACE TEMPORARY VIEW a.b AS SELECT 1`.replace('a.b', 'v') +
        `;
      CREATE TEMP VIEW f USING CSV OPTIONS (path '/x y.csv', header true, sep = '|', 'a.b' 1);
      SET spark.sql.session.timeZone = Europe/Berlin;
      INSERT OVERWRITE LOCAL DIRECTORY '/out' USING parquet OPTIONS (compression 'zstd') SELECT * FROM v;
      DROP VIEW IF EXISTS v`,
    )
    expect(view).toMatchObject({ kind: 'create-view', name: 'v', replace: true, query: { text: 'SELECT 1' } })
    expect(files).toMatchObject({
      kind: 'create-file-view',
      format: 'csv',
      replace: false,
      options: { path: '/x y.csv', header: 'true', sep: '|', 'a.b': '1' },
    })
    expect(set).toMatchObject({ kind: 'set', key: 'spark.sql.session.timeZone', value: 'Europe/Berlin' })
    expect(insert).toMatchObject({
      kind: 'insert-directory',
      path: '/out',
      format: 'parquet',
      options: { compression: 'zstd' },
    })
    expect(drop).toMatchObject({ kind: 'drop-view', name: 'v', ifExists: true })
  })

  it("turns Spark's quoting into DuckDB's and remembers where each character came from", () => {
    const script = 'SELECT `a"b` FROM parquet.`/x/y` t'
    const [statement] = parseScript(script)
    if (statement?.kind !== 'query') throw new Error('not a query')
    const { text, origin, files } = statement.query
    expect(text).toBe('SELECT "a""b" FROM "parquet./x/y" t')
    expect(files).toEqual([{ name: 'parquet./x/y', format: 'parquet', path: '/x/y' }])
    expect(origin[text.indexOf(' t')]).toBe(script.indexOf(' t'))
    expect(origin[text.indexOf('"parquet')]).toBe(script.indexOf('parquet'))
  })

  it.each([
    ["SELECT 1;\nSELECT 'x", "statement 2, line 2, column 8: '… is opened here and never closed"],
    ['SELECT 1 /* x', 'statement 1, line 1, column 10: a comment is opened here and never closed'],
    ['UPDATE t SET a = 1', 'statement 1 (UPDATE t SET …) is not supported'],
    ['CREATE TABLE t (a INT)', 'only CREATE [OR REPLACE] TEMPORARY VIEW is'],
    ['CREATE VIEW t AS SELECT 1', 'write CREATE TEMPORARY VIEW'],
    ['CREATE TEMP VIEW t USING orc', 'files can be parquet, csv, json, text, not orc'],
    ['CREATE TEMP VIEW t', 'line 1, column 19: expected USING'],
    ['INSERT INTO t SELECT 1', 'only INSERT OVERWRITE DIRECTORY is'],
    ["INSERT OVERWRITE DIRECTORY '/x' USING csv", 'expected a query'],
    ['SET a b', 'expected SET key=value, found "b"'],
  ])('refuses %j', (script, message) => expect(() => parseScript(script)).toThrow(message))
})
