import { quoteText } from '../duckdb/quote.ts'
import { fault, type PatternItem, readPattern } from './date-pattern.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const short = (names: readonly string[]): readonly string[] => names.map((name) => name.slice(0, 3))

/** The texts that a field may be, as RE2, by letter and number of letters; `numeric` ones of open length cannot stand side by side. */
const FORMS: Readonly<Record<string, string>> = {
  y1: '[+-]?[0-9]{1,9}',
  y2: '[0-9]{2}',
  y4: '[0-9]{4}',
  M1: '[0-9]{1,9}',
  M2: '[0-9]{2}',
  M3: short(MONTHS).join('|'),
  M4: MONTHS.join('|'),
  d1: '[0-9]{1,9}',
  d2: '[0-9]{2}',
  H1: '[0-9]{1,9}',
  H2: '[0-9]{2}',
  k1: '[0-9]{1,9}',
  k2: '[0-9]{2}',
  h1: '[0-9]{1,9}',
  h2: '[0-9]{2}',
  K1: '[0-9]{1,9}',
  K2: '[0-9]{2}',
  m1: '[0-9]{1,9}',
  m2: '[0-9]{2}',
  s1: '[0-9]{1,9}',
  s2: '[0-9]{2}',
  a1: 'AM|PM',
  X1: 'Z|[+-][0-9]{2}(?:[0-9]{2})?',
  X2: 'Z|[+-][0-9]{4}',
  X3: 'Z|[+-][0-9]{2}:[0-9]{2}',
  x1: '[+-][0-9]{2}(?:[0-9]{2})?',
  x2: '[+-][0-9]{4}',
  x3: '[+-][0-9]{2}:[0-9]{2}',
  Z1: '[+-][0-9]{4}',
  Z2: '[+-][0-9]{4}',
  Z3: '[+-][0-9]{4}',
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** A number of open length swallows the digits behind it in another way than a regular expression does. */
const open = (item: PatternItem | undefined): boolean =>
  item?.kind === 'letter' && (/\{1,/.test(FORMS[`${item.letter}${item.count}`] ?? '') || item.letter === 'S')
const digit = (item: PatternItem | undefined): boolean =>
  (item?.kind === 'letter' && (item.letter === 'S' || /^[[]/.test(FORMS[`${item.letter}${item.count}`] ?? ''))) ||
  (item?.kind === 'text' && /^[0-9]/.test(item.text)) ||
  item?.kind === 'optional'

interface Fields {
  readonly regex: string
  /** Letter and count of each group. */
  readonly groups: readonly string[]
}

const fieldsOf = (pattern: string): Fields => {
  const groups: string[] = []
  const visit = (items: readonly PatternItem[]): string =>
    items
      .map((item, index) => {
        if (item.kind === 'text') return escaped(item.text)
        if (item.kind === 'optional') return `(?:${visit(item.items)})?`
        if (open(item) && digit(items[index + 1]))
          throw fault(pattern, `${item.letter.repeat(item.count)} followed by another number`)
        const name = `${item.letter}${item.count}`
        const form = item.letter === 'S' && item.count <= 9 ? `[0-9]{1,${item.count}}` : FORMS[name]
        if (form === undefined || groups.some((known) => known[0] === item.letter))
          throw fault(pattern, item.letter.repeat(item.count))
        groups.push(name)
        return `(${form})`
      })
      .join('')
  const regex = visit(readPattern(pattern))
  const letters = groups.map((name) => name[0]!)
  const has = (letter: string): boolean => letters.includes(letter)
  if ((has('h') || has('K')) !== has('a') || letters.filter((letter) => 'HhkK'.includes(letter)).length > 1)
    throw fault(pattern, 'an hour that is not clear (h and K go with a, H and k stand alone)')
  return { regex, groups }
}

export interface ParsedText {
  /** SQL of a TIMESTAMP in local time, null where the text does not fit; `p` is the match. */
  readonly local: string
  /** SQL of the seconds that the text is ahead of UTC, null where it does not say. */
  readonly offset: string | undefined
}

const position = (names: readonly string[], sql: string): string =>
  `list_position([${names.map((name) => `'${name.slice(0, 3).toLowerCase()}'`).join(', ')}], lower(left(${sql}, 3)))`

/**
 * SQL that reads a text by a pattern as java.time does when it is strict, with Spark's defaults for what the pattern has
 * not (1970-01-01 00:00:00). `use` gets the parts; the whole is null where the text does not fit.
 */
export const parsed = (text: string, pattern: string, use: (parts: ParsedText) => string): string => {
  const { regex, groups } = fieldsOf(pattern)
  if (groups.length === 0) throw fault(pattern, 'no field')
  const group = (letter: string): string | undefined => {
    const index = groups.findIndex((name) => name[0] === letter)
    return index < 0 ? undefined : `p.g${index}`
  }
  const number = (letter: string, absent: string): string => {
    const sql = group(letter)
    return sql === undefined ? absent : `coalesce(TRY_CAST(nullif(${sql}, '') AS INTEGER), ${absent})`
  }
  const year = groups.includes('y2') ? `2000 + ${number('y', '-30')}` : number('y', '1970')
  const named = groups.find((name) => name === 'M3' || name === 'M4')
  const month = named ? `coalesce(${position(MONTHS, group('M')!)}, 1)` : number('M', '1')
  const half = group('a') === undefined ? '0' : `CASE WHEN lower(${group('a')}) = 'pm' THEN 12 ELSE 0 END`
  const hours: readonly (readonly [string, string, string])[] = [
    ['H', number('H', '0'), 'BETWEEN 0 AND 23'],
    ['k', `${number('k', '24')} % 24`, 'BETWEEN 0 AND 23'],
    ['h', `${number('h', '12')} % 12 + ${half}`, 'BETWEEN 0 AND 23'],
    ['K', `${number('K', '0')} + ${half}`, 'BETWEEN 0 AND 23'],
  ]
  const hour = hours.find(([letter]) => group(letter) !== undefined)?.[1] ?? '0'
  const checks = [
    `${hour} BETWEEN 0 AND 23`,
    ...(group('k') ? [`${number('k', '24')} BETWEEN 1 AND 24`] : []),
    ...(group('h') ? [`${number('h', '12')} BETWEEN 1 AND 12`] : []),
    ...(group('K') ? [`${number('K', '0')} BETWEEN 0 AND 11`] : []),
    `${number('m', '0')} BETWEEN 0 AND 59`,
    `${number('s', '0')} BETWEEN 0 AND 59`,
  ]
  const day = `TRY_CAST(lpad(CAST(${year} AS VARCHAR), 4, '0') || '-' || ${month} || '-' || ${number('d', '1')} AS DATE)`
  const fraction = group('S') ? ` + CAST(left(rpad(${group('S')}, 6, '0'), 6) AS BIGINT)` : ''
  const micros = `((${hour}) * 3600 + ${number('m', '0')} * 60 + ${number('s', '0')}) * CAST(1000000 AS BIGINT)${fraction}`
  const local = `CASE WHEN ${checks.join(' AND ')} THEN CAST(${day} AS TIMESTAMP) + to_microseconds(${micros}) END`
  const zone = ['X', 'x', 'Z'].map(group).find((sql) => sql !== undefined)
  const offset =
    zone &&
    `CASE WHEN ${zone} IN ('Z', 'z', '') THEN 0 ELSE (CASE WHEN left(${zone}, 1) = '-' THEN -1 ELSE 1 END) * (CAST(substr(${zone}, 2, 2) AS INTEGER) * 3600 + coalesce(TRY_CAST(right(replace(substr(${zone}, 4), ':', ''), 2) AS INTEGER), 0) * 60) END`
  const whole = quoteText(`^(?i:${regex})$`)
  const fields = groups.map((_, index) => `'g${index}'`).join(', ')
  const match = `list_transform([regexp_extract(${text}, ${whole}, [${fields}])], lambda p: ${use({ local, offset })})[1]`
  return `CASE WHEN regexp_matches(${text}, ${whole}) THEN ${match} END`
}
