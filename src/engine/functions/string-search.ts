import type { Expression } from '../plan/expression.ts'
import { BOOLEAN, INTEGER, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { unsupported } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

/** contains, startswith, endswith: over texts, or over bytes where both are. */
const contained = (name: string, duckdb: string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    if (given.every((arg) => arg.type.kind === 'binary'))
      throw unsupported(`${name} of BINARY is not computed here; compare hex() of both`)
    const args = given.map((_, index) => coerced(name, given, index, STRING, settings))
    return { args, type: BOOLEAN, nullable: anyNullable(args) }
  },
  emit: ([text, part]) => `${duckdb}(${text}, ${part})`,
})

/** The place of `part` from `start` on; 1 for an empty one. A start of null gives 0. Source: Spark's StringLocate. */
const locate: SparkFunction = {
  name: 'locate',
  aliases: ['position'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('locate', given, 2, 3)
    const args = given.map((_, index) => coerced('locate', given, index, index === 2 ? INTEGER : STRING, settings))
    return { args, type: INTEGER, nullable: anyNullable(args) }
  },
  emit: ([part, text, start]) => {
    if (start === undefined) return `CAST(instr(${text}, ${part}) AS INTEGER)`
    return bindNames('lo', [part!, text!, start], (p, s, n) => {
      const found = `instr(substr(${s}, CAST(${n} AS BIGINT)), ${p})`
      return `CAST(CASE WHEN ${n} IS NULL THEN 0 WHEN ${p} IS NULL OR ${s} IS NULL THEN NULL WHEN ${n} < 1 THEN 0 WHEN ${p} = '' THEN 1 WHEN ${found} = 0 THEN 0 ELSE ${found} + ${n} - 1 END AS INTEGER)`
    })
  },
}

/** DuckDB counts bytes: outside ASCII the table is filled row by row. */
const distance = (a: string, b: string): string =>
  bindNames('lv', [a, b], (s, t) => {
    const first = `list_transform(range(0, length(${t}) + 1), lambda column_: CAST(column_ AS BIGINT))`
    const cell = (row: string, character: string) =>
      `list_reduce(list_transform(range(1, length(${t}) + 1), lambda column_: least(${row}[column_ + 1] + 1, ${row}[column_] + CASE WHEN substr(${t}, column_, 1) = ${character} THEN 0 ELSE 1 END)), lambda done, best: list_append(done, least(best, done[-1] + 1)), [${row}[1] + 1])`
    const wrapped = (row: string, character: string) =>
      cell(row, character)
        .replace('list_transform(range(1', 'list_transform(range(1')
        .replace(
          /list_reduce\((list_transform\(.*\)\)), lambda done, best: (.*), (\[.*\])\)$/s,
          (_, list: string, __: string, start: string) =>
            `list_reduce(list_transform(${list}, lambda one: [one]), lambda done, best: list_append(done, least(best[1], done[-1] + 1)), ${start})`,
        )
    const rows = `list_transform(string_split(${s}, ''), lambda letter: struct_pack(row_ := CAST([] AS BIGINT[]), letter := letter))`
    const table = `list_reduce(${rows}, lambda above, here: struct_pack(row_ := ${wrapped('above.row_', 'here.letter')}, letter := here.letter), struct_pack(row_ := ${first}, letter := ''))`
    return `CASE WHEN strlen(${s}) = length(${s}) AND strlen(${t}) = length(${t}) THEN levenshtein(${s}, ${t}) WHEN ${s} = '' THEN length(${t}) WHEN ${t} = '' THEN length(${s}) ELSE (${table}).row_[-1] END`
  })

const levenshtein: SparkFunction = {
  name: 'levenshtein',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('levenshtein', given, 2, 3)
    const args = given.map((_, index) => coerced('levenshtein', given, index, index === 2 ? INTEGER : STRING, settings))
    return { args, type: INTEGER, nullable: anyNullable(args) }
  },
  emit: ([a, b, limit]) => {
    const steps = `CAST(${distance(a!, b!)} AS INTEGER)`
    if (limit === undefined) return steps
    return bindNames(
      'le',
      [steps, limit],
      (n, most) => `CASE WHEN ${n} > ${most} THEN -1 WHEN ${most} IS NOT NULL THEN ${n} END`,
    )
  },
}

/** Nulls are left out, arrays are spread; a null separator gives null. */
const concatWs: SparkFunction = {
  name: 'concat_ws',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('concat_ws', given, 1, Number.POSITIVE_INFINITY)
    const args = given.map((arg, index): Expression => {
      if (index === 0 || arg.type.kind !== 'array') return coerced('concat_ws', given, index, STRING, settings)
      return castTo(arg, { kind: 'array', element: STRING, containsNull: true }, settings)
    })
    return { args, type: STRING, nullable: args[0]!.nullable }
  },
  emit: ([separator, ...values], call) => {
    const { args } = call as { readonly args: readonly Expression[] }
    if (values.length === 0) return `CASE WHEN ${separator} IS NOT NULL THEN '' END`
    if (args.every((arg) => arg.type.kind === 'string')) return `concat_ws(${[separator, ...values].join(', ')})`
    const lists = values.map((value, index) => (args[index + 1]!.type.kind === 'array' ? value : `[${value}]`))
    return bindNames(
      'cw',
      [separator!],
      (s) => `CASE WHEN ${s} IS NOT NULL THEN coalesce(array_to_string(flatten([${lists.join(', ')}]), ${s}), '') END`,
    )
  },
}

export const STRING_SEARCH: readonly SparkFunction[] = [
  contained('contains', 'contains'),
  contained('startswith', 'starts_with'),
  contained('endswith', 'ends_with'),
  locate,
  simple('instr', [STRING, STRING], INTEGER, ([text, part]) => `CAST(instr(${text}, ${part}) AS INTEGER)`),
  simple('find_in_set', [STRING, STRING], INTEGER, ([word, list]) =>
    bindNames(
      'fs',
      [word!, list!],
      (w, l) =>
        `CAST(CASE WHEN ${l} IS NULL OR ${w} IS NULL THEN NULL WHEN contains(${w}, ',') THEN 0 ELSE coalesce(list_position(string_split(${l}, ','), ${w}), 0) END AS INTEGER)`,
    ),
  ),
  levenshtein,
  concatWs,
]
