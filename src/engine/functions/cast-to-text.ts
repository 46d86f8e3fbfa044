import type { DataType } from '../types/data-type.ts'
import { bindOnce } from './bind-once.ts'
import type { SqlSettings } from './function.ts'
import { dayTimeText, yearMonthText } from './interval-text.ts'
import { unsupported } from './refuse.ts'

/** SQL of the text of a value, as Spark's cast to STRING writes it. */
export const toText = (sql: string, from: DataType, settings: SqlSettings): string => {
  switch (from.kind) {
    case 'string':
      return sql
    case 'void':
      return `CAST(${sql} AS VARCHAR)`
    case 'float':
    case 'double':
      return bindOnce([sql], (x) => doubleText(x))
    case 'decimal':
      if (!settings.ansi && from.scale > 6) {
        throw unsupported(
          'A decimal of more than 6 fraction digits is cast to STRING with spark.sql.ansi.enabled=true only',
        )
      }
      // DuckDB leaves the 0 before the point out where the type has no integral digits.
      return from.precision === from.scale
        ? `regexp_replace(CAST(${sql} AS VARCHAR), '^(-?)[.]', '\\10.')`
        : `CAST(${sql} AS VARCHAR)`
    case 'binary':
      return `decode(${sql})`
    case 'date':
      return dateText(sql)
    case 'timestamp':
      return timestampText(`CAST(${sql} AS TIMESTAMP)`)
    case 'timestamp_ntz':
      return timestampText(sql)
    case 'day-time-interval':
      return dayTimeText(sql, from)
    case 'year-month-interval':
      return yearMonthText(sql, from)
    case 'array':
      return `('[' || array_to_string(list_transform(${sql}, lambda item: coalesce(${toText('item', from.element, settings)}, 'null')), ', ') || ']')`
    case 'map': {
      const key = toText('entry.key', from.key, settings)
      const value = toText('entry.value', from.value, settings)
      const entries = `list_transform(map_entries(${sql}), lambda entry: ${key} || ' -> ' || coalesce(${value}, 'null'))`
      return `('{' || array_to_string(${entries}, ', ') || '}')`
    }
    case 'struct':
      return bindOnce([sql], (x) => {
        const fields = from.fields.map(
          (field) =>
            `coalesce(${toText(`struct_extract(${x}, '${field.name.replaceAll("'", "''")}')`, field.type, settings)}, 'null')`,
        )
        return `CASE WHEN ${x} IS NULL THEN NULL ELSE '{' || ${fields.join(` || ', ' || `)} || '}' END`
      })
    default:
      return `CAST(${sql} AS VARCHAR)`
  }
}

/** DuckDB writes years before 1 as (BC), Spark with a sign; years beyond 9999 have a plus sign. */
const dateText = (sql: string): string => `replace(CAST(${sql} AS VARCHAR), ' (BC)', '')`

/** A fraction only where there is one, without zeros at its end. */
const timestampText = (sql: string): string => `CAST(${sql} AS VARCHAR)`

/**
 * Java's Double.toString: digits with a point from 0.001 up to 10^7, else one digit, the others, and E with the exponent.
 * DuckDB writes the same shortest digits, in another form.
 */
const doubleText = (x: string): string => {
  const plain = `abs(${x}) >= 0.001 AND abs(${x}) < 10000000`
  const text = `CAST(abs(${x}) AS VARCHAR)`
  const form = `list_transform([struct_pack(m := split_part(${text}, 'e', 1), e := coalesce(TRY_CAST(split_part(${text}, 'e', 2) AS INTEGER), 0))], lambda n: struct_pack(d := replace(n.m, '.', ''), w := length(split_part(n.m, '.', 1)), e := n.e))`
  const digits = `list_transform(${form}, lambda n: struct_pack(s := rtrim(ltrim(n.d, '0'), '0'), x := n.e + n.w - 1 - (length(n.d) - length(ltrim(n.d, '0')))))[1]`
  const scientific = `list_transform([${digits}], lambda n: left(n.s, 1) || '.' || CASE WHEN length(n.s) > 1 THEN substr(n.s, 2) ELSE '0' END || 'E' || n.x)[1]`
  return (
    `CASE WHEN isnan(${x}) THEN 'NaN' WHEN isinf(${x}) THEN CASE WHEN ${x} > 0 THEN 'Infinity' ELSE '-Infinity' END ` +
    `WHEN ${x} = 0 OR (${plain}) THEN CAST(${x} AS VARCHAR) ` +
    `ELSE CASE WHEN ${x} < 0 THEN '-' ELSE '' END || ${scientific} END`
  )
}
