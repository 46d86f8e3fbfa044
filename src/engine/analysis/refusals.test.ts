import { describe, expect, it } from 'vitest'
import { SqlError } from '../sql/sql-error.ts'
import { openFixture } from './testing/analysis-fixture.ts'

const { plan } = openFixture({
  tables: {
    t: 'a INT, b INT, c STRING, arr ARRAY<INT>, s STRUCT<f: INT, g: STRING>, m MAP<STRING, INT>, d DATE, flag BOOLEAN',
    u: 'a INT, e STRING',
  },
  views: { loop: 'select * from loop' },
})

/** The condition, the text it points at, and a part of the sentence. Conditions and places are those of Spark 4.1. */
const REFUSALS: readonly (readonly [query: string, condition: string, at: string | undefined, says: string])[] = [
  ['select zz from t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 'zz', '`a`'],
  ['select flg from t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 'flg', 'Did you mean one of the following? [`flag`'],
  ['select t.zz from t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 't.zz', '`t`.`a`'],
  ['select x.a from t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 'x.a', '`t`.`a`'],
  ['select zz', 'UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', 'zz', '`zz`'],
  ['select a from t join u', 'AMBIGUOUS_REFERENCE', 'a', '[`t`.`a`, `u`.`a`]'],
  ['select a from (select 1 a, 2 a)', 'AMBIGUOUS_REFERENCE', 'a', '[`a`, `a`]'],
  ['select a from nope', 'TABLE_OR_VIEW_NOT_FOUND', 'nope', '`nope`'],
  ['select * from loop', 'VIEW_EXCEED_MAX_NESTED_DEPTH', undefined, '`loop`'],
  ['select uper(c) from t', 'UNRESOLVED_ROUTINE', 'uper(c)', '`upper`'],
  ['select a from t group by 3', 'GROUP_BY_POS_OUT_OF_RANGE', '3', 'valid range is [1, 1]'],
  ['select a from t order by 3', 'ORDER_BY_POS_OUT_OF_RANGE', '3', 'valid range is [1, 1]'],
  ['select sum(a) from t group by 1', 'GROUP_BY_POS_AGGREGATE', '1', 'sum(a)'],
  ['select a from t group by sum(b)', 'GROUP_BY_AGGREGATE', 'sum(b)', 'sum(b)'],
  ['select count(*) from t group by m', 'GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE', 'm', 'MAP<STRING, INT>'],
  ['select a, sum(b) from t', 'MISSING_GROUP_BY', 'a', '"a"'],
  ['select b, sum(a) from t group by a', 'MISSING_AGGREGATION', 'b', 'any_value(b)'],
  ['select a + b from t group by a', 'MISSING_AGGREGATION', 'b', '"b"'],
  ['select * from t group by a', 'MISSING_AGGREGATION', '*', '"b"'],
  ['select a from t having b > 1', 'MISSING_GROUP_BY', 'b', '"b"'],
  ['select a, count(*) from t group by a order by b', 'MISSING_AGGREGATION', 'b', '"b"'],
  ['select a, (select max(e) from u where u.a = t.b) from t group by a', 'MISSING_AGGREGATION', undefined, '"b"'],
  ['select sum(sum(a)) from t', 'NESTED_AGGREGATE_FUNCTION', 'sum(a)', 'subquery'],
  ['select a from t where sum(b) > 1', 'INVALID_WHERE_CONDITION', 'sum(b)', 'HAVING'],
  [
    'select a from t where row_number() over (order by a) = 1',
    'INVALID_WHERE_CONDITION',
    'row_number() over (order by a)',
    'subquery',
  ],
  ['select a from t where a', 'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN', 'a', '"INT"'],
  ['select * from t join u on t.a + u.a', 'JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE', 't.a + u.a', '"INT"'],
  ['select * from t join u using (b)', 'UNRESOLVED_USING_COLUMN_FOR_JOIN', undefined, 'right side'],
  ['select * from t right join lateral (select t.a) x', 'INVALID_LATERAL_JOIN_TYPE', undefined, 'RIGHT'],
  ['select sum(row_number() over (order by a)) from t', 'WINDOW_FUNCTION_IN_AGGREGATE', undefined, 'subquery'],
  ['select sum(rank() over (order by a)) over () from t', 'NESTED_WINDOW_FUNCTION', undefined, 'subquery'],
  ['select rank() over () from t', 'WINDOW_FUNCTION_AND_FRAME_MISMATCH', undefined, 'ORDER BY'],
  ['select rank() from t', 'WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE', 'rank()', 'OVER'],
  ['select row_number() over w from t', 'MISSING_WINDOW_SPECIFICATION', undefined, 'w'],
  ['select sum(distinct a) over () from t', 'DISTINCT_WINDOW_FUNCTION_UNSUPPORTED', undefined, 'DISTINCT'],
  [
    'select lag(a) over (order by a rows between 1 preceding and current row) from t',
    'WINDOW_FUNCTION_FRAME_NOT_ALLOWED',
    undefined,
    'lag',
  ],
  [
    'select sum(a) over (order by a, b range between 1 preceding and current row) from t',
    'DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER',
    '1',
    'multiple',
  ],
  [
    'select sum(a) over (order by c range between 1 preceding and current row) from t',
    'DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE',
    '1',
    '"STRING"',
  ],
  [
    'select sum(a) over (order by a rows between 1 following and 1 preceding) from t',
    'DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON',
    undefined,
    'lower bound',
  ],
  ['select a from t union select a, e from u', 'NUM_COLUMNS_MISMATCH', undefined, '1 columns'],
  ['select a from t union select s from t', 'INCOMPATIBLE_COLUMN_TYPE', undefined, '"INT"'],
  ['select m from t intersect select m from t', 'UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE', undefined, '`m`'],
  ['select distinct m from t', 'UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE', undefined, '`m`'],
  ['select a from t order by m', 'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE', 'm', 'MAP'],
  ['select a from t limit -1', 'INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE', '-1', 'got -1'],
  ['select a from t limit a', 'INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE', 'a', 'constant'],
  ["select a from t limit 'x'", 'INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE', "'x'", '"STRING"'],
  ['select s.zz from t', 'FIELD_NOT_FOUND', 's.zz', '`f`, `g`'],
  ['select a.f from t', 'INVALID_EXTRACT_BASE_FIELD_TYPE', 'a.f', '"INT"'],
  ['select d.* from t', 'CANNOT_RESOLVE_STAR_EXPAND', 'd.*', 'no struct'],
  ['select zz.* from t', 'CANNOT_RESOLVE_STAR_EXPAND', 'zz.*', 'zz'],
  ['select * except (zz) from t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '* except (zz)', '`zz`'],
  ['select *', 'INVALID_USAGE_OF_STAR_OR_REGEX', '*', 'FROM'],
  ['select count(t.*) from t', 'INVALID_USAGE_OF_STAR_OR_REGEX', 'count(t.*)', 'count(*)'],
  ['select a as q, b as q, q from t', 'AMBIGUOUS_LATERAL_COLUMN_ALIAS', 'q', '2 matches'],
  [
    'select a as x, sum(x) from t group by a',
    'UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC',
    'sum(x)',
    'alias',
  ],
  [
    'select rank() over (order by a) as r, sum(r) over () from t',
    'UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW',
    'sum(r) over ()',
    'subquery',
  ],
  ['select distinct a from t order by b', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 'b', '[`a`]'],
  [
    'select (select a, e from u) from t',
    'INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN',
    '(select a, e from u)',
    'got 2',
  ],
  [
    'select a from t where a in (select a, e from u)',
    'DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH',
    undefined,
    '2 columns',
  ],
  [
    'select a from t where arr in (select a from u)',
    'DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH',
    undefined,
    'ARRAY<INT>',
  ],
  ['select grouping(a) from t group by b', 'UNSUPPORTED_GROUPING_EXPRESSION', 'grouping(a)', 'Cube'],
  ['select grouping(b) from t group by rollup(a)', 'GROUPING_COLUMN_MISMATCH', 'grouping(b)', 'grouping'],
  ['select case when a then 1 end from t', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'a', '"INT"'],
  ['select case when flag then a else arr end from t', 'DATATYPE_MISMATCH.DATA_DIFF_TYPES', undefined, '"ARRAY<INT>"'],
  ['select a in (1, flag) from t', 'DATATYPE_MISMATCH.DATA_DIFF_TYPES', 'a in (1, flag)', '"BOOLEAN"'],
  ['select cast(d as int) from t', 'DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION', 'cast(d as int)', '"DATE"'],
  ['with x as (select 1), x as (select 2) select * from x', 'DUPLICATED_CTE_NAMES', 'select 2', '`x`'],
  ['with x(p, q) as (select 1) select * from x', 'ASSIGNMENT_ARITY_MISMATCH', undefined, '2'],
  [
    'with recursive x(n) as (select 1 union all select n + 1 from x) select * from x',
    'UNSUPPORTED_FEATURE.RECURSIVE_CTE',
    undefined,
    '`x`',
  ],
  ['select * from values (1, 2), (3)', 'INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH', undefined, '2 values'],
  ['select explode(arr) + 1 from t', 'UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS', 'explode(arr)', 'LATERAL VIEW'],
  ['select explode(arr) as (p, q) from t', 'UDTF_ALIAS_NUMBER_MISMATCH', undefined, 'expected 1, but got 2'],
  ['select * from t lateral view upper(c) x as y', 'UNSUPPORTED_GENERATOR', 'upper(c)', 'explode'],
  ['select * from range(a)', 'UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', 'a', '`a`'],
  ['select * from nothing(1)', 'UNRESOLVABLE_TABLE_VALUED_FUNCTION', undefined, 'nothing'],
  ['select * from (select a, c, b from t) pivot (b for c in (1))', 'PIVOT_UNEXPECTED_AGGREGATE', undefined, '"b"'],
  ['select interval 1 month 2 days', 'UNSUPPORTED_FEATURE.INTERVAL_MIXED', undefined, 'year-month'],
  [
    'select t.a from t left join u on t.a = u.a and t.b in (select a from u)',
    'UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION',
    undefined,
    'left join',
  ],
  [
    'select a from (select a from t limit 3) t where exists (select 1 from u where u.a > t.a) or a = 1',
    'UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE',
    undefined,
    'LIMIT',
  ],
]

describe('what the analyzer refuses', () => {
  it.each(REFUSALS)('%s', async (query, condition, at, says) => {
    const error = await plan(query).then(
      () => undefined,
      (fault: unknown) => fault,
    )
    expect(error).toBeInstanceOf(SqlError)
    const fault = error as SqlError
    expect(fault.condition).toBe(condition)
    if (at !== undefined) expect(query.slice(fault.at?.start, fault.at?.end)).toBe(at)
    expect(fault.message).toContain(says)
  })
})
