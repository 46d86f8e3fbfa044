/** A value that filters compare with: numbers and decimals as text that keeps all digits. */
export type FilterValue =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `2026-11-21` */
  | { readonly kind: 'date'; readonly text: string }
  /** `2026-11-21 10:00:00.123456`; an instant is in UTC. */
  | { readonly kind: 'timestamp'; readonly text: string; readonly instant: boolean }

export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** A condition that sources may use to read less. Source: Spark's org.apache.spark.sql.sources.Filter. */
export type SourceFilter =
  | { readonly kind: 'compare'; readonly column: string; readonly how: Comparison; readonly value: FilterValue }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly FilterValue[] }
  | { readonly kind: 'null'; readonly column: string; readonly not: boolean }

/** What is known of one file's or row group's values of a column; text as in FilterValue. */
export interface ColumnBounds {
  readonly min: string | undefined
  readonly max: string | undefined
  readonly nulls: number | undefined
  /** The bounds are single values, not cut short. */
  readonly exact?: boolean
}

/** Less than 0, 0, more than 0; undefined where the two cannot be compared without a doubt. */
const compare = (bound: string, value: FilterValue): number | undefined => {
  switch (value.kind) {
    case 'number': {
      const [a, b] = [Number(bound), Number(value.text)]
      if (bound.trim() === '' || Number.isNaN(a) || Number.isNaN(b)) return undefined
      // Beyond 2^53 two numbers may look alike: then nothing is left out.
      if (/^-?\d+$/.test(bound) && /^-?\d+$/.test(value.text)) {
        const difference = BigInt(bound) - BigInt(value.text)
        return difference < 0n ? -1 : difference > 0n ? 1 : 0
      }
      return Math.abs(a) < 2 ** 53 && Math.abs(b) < 2 ** 53 ? a - b : undefined
    }
    case 'string':
      return Buffer.compare(Buffer.from(bound), Buffer.from(value.text))
    case 'boolean': {
      const text = String(value.value)
      return bound === text ? 0 : bound < text ? -1 : 1
    }
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(bound) && /^\d{4}-\d\d-\d\d$/.test(value.text)
        ? bound < value.text
          ? -1
          : bound > value.text
            ? 1
            : 0
        : undefined
    case 'timestamp': {
      const [a, b] = [micros(bound), micros(value.text)]
      return a === undefined || b === undefined ? undefined : a < b ? -1 : a > b ? 1 : 0
    }
  }
}

const micros = (text: string): bigint | undefined => {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00(?::?00)?)?$/.exec(text)
  if (found === null) return undefined
  const seconds = Date.parse(`${found[1]}T${found[2]}Z`)
  return Number.isNaN(seconds)
    ? undefined
    : BigInt(seconds) * 1000n + BigInt((found[3] ?? '').padEnd(6, '0').slice(0, 6))
}

/** False only where no row with these bounds can pass. `rows`: of the file; nulls never pass a comparison. */
export const mightMatch = (
  filter: SourceFilter,
  bounds: ColumnBounds | undefined,
  rows: number | undefined,
): boolean => {
  if (bounds === undefined) return true
  const { min, max, nulls } = bounds
  const onlyNulls = rows !== undefined && nulls !== undefined && nulls === rows
  switch (filter.kind) {
    case 'null':
      return filter.not ? !onlyNulls : nulls !== 0
    case 'in':
      return filter.values.some((value) =>
        mightMatch({ kind: 'compare', column: filter.column, how: '=', value }, bounds, rows),
      )
    case 'compare': {
      if (onlyNulls) return false
      const low = min === undefined ? undefined : compare(min, filter.value)
      const high = max === undefined ? undefined : compare(max, filter.value)
      switch (filter.how) {
        case '=':
          return !((low !== undefined && low > 0) || (high !== undefined && high < 0))
        case '<':
          return !(low !== undefined && low >= 0)
        case '<=':
          return !(low !== undefined && low > 0)
        case '>':
          return !(high !== undefined && high <= 0)
        case '>=':
          return !(high !== undefined && high < 0)
      }
    }
  }
}
