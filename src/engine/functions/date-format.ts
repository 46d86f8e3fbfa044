import { quoteText } from '../duckdb/quote.ts'
import { fault, type PatternItem, readPattern } from './date-pattern.ts'

/** How much the local time is ahead of UTC, in seconds, of a TIMESTAMP WITH TIME ZONE. */
const offsetOf = (instant: string): string =>
  `(epoch_us(CAST(${instant} AS TIMESTAMP)) - epoch_us(${instant})) // 1000000`

const two = (sql: string): string => `lpad(CAST(${sql} AS VARCHAR), 2, '0')`

const offset = (instant: string, letter: string, count: number, pattern: string): string => {
  const seconds = offsetOf(instant)
  const sign = `CASE WHEN ${seconds} < 0 THEN '-' ELSE '+' END`
  const hours = two(`abs(${seconds}) // 3600`)
  const minutes = two(`abs(${seconds}) // 60 % 60`)
  const zero = (text: string) => `CASE WHEN ${seconds} = 0 THEN 'Z' ELSE ${text} END`
  const colon = `${sign} || ${hours} || ':' || ${minutes}`
  const plain = `${sign} || ${hours} || ${minutes}`
  const short = `${sign} || ${hours} || CASE WHEN abs(${seconds}) // 60 % 60 = 0 THEN '' ELSE ${minutes} END`
  switch (`${letter}${count}`) {
    case 'X1':
      return zero(short)
    case 'X2':
      return zero(plain)
    case 'X3':
      return zero(colon)
    case 'x1':
      return `(${short})`
    case 'x2':
    case 'Z1':
    case 'Z2':
    case 'Z3':
      return `(${plain})`
    case 'x3':
      return `(${colon})`
    case 'Z5':
      return zero(colon)
    default:
      throw fault(pattern, `${letter} ${count} times`)
  }
}

/** strftime's letter of a field, by its name and number of letters. */
const STRFTIME: Readonly<Record<string, string>> = {
  M1: '%-m',
  M2: '%m',
  M3: '%b',
  M4: '%B',
  d1: '%-d',
  d2: '%d',
  D1: '%-j',
  D3: '%j',
  E1: '%a',
  E2: '%a',
  E3: '%a',
  E4: '%A',
  a1: '%p',
  H1: '%-H',
  H2: '%H',
  h1: '%-I',
  h2: '%I',
  m1: '%-M',
  m2: '%M',
  s1: '%-S',
  s2: '%S',
  S3: '%g',
  S6: '%f',
  y2: '%y',
}

const field = (local: string, letter: string, count: number, pattern: string): string => {
  const number = (sql: string) => (count === 1 ? `CAST(${sql} AS VARCHAR)` : two(sql))
  switch (letter) {
    case 'y':
      if (count > 6) break
      return `CASE WHEN year(${local}) > 9999 AND ${count} > 3 THEN '+' ELSE '' END || CASE WHEN year(${local}) >= ${10 ** (count - 1)} THEN CAST(year(${local}) AS VARCHAR) ELSE lpad(CAST(year(${local}) AS VARCHAR), ${count}, '0') END`
    case 'D':
      if (count === 2)
        return `CASE WHEN dayofyear(${local}) > 99 THEN strftime(${local}, '%-j') ELSE lpad(strftime(${local}, '%-j'), 2, '0') END`
      break
    case 'k':
      if (count <= 2) return number(`(hour(${local}) + 23) % 24 + 1`)
      break
    case 'K':
      if (count <= 2) return number(`hour(${local}) % 12`)
      break
    case 'S':
      if (count <= 9) return `left(strftime(${local}, '%f') || '000', ${count})`
      break
    case 'Q':
      if (count <= 2) return number(`quarter(${local})`)
      if (count === 3) return `'Q' || quarter(${local})`
      if (count === 4) return `list_extract(['1st', '2nd', '3rd', '4th'], quarter(${local})) || ' quarter'`
      break
    case 'G':
      if (count <= 3) return `'AD'`
      if (count === 4) return `'Anno Domini'`
      break
  }
  throw fault(pattern, `${letter} ${count} times`)
}

/**
 * SQL of the text of a timestamp by a pattern. `instant`: a TIMESTAMP WITH TIME ZONE, short SQL; `zone`: the session's.
 * Source: Spark's "Datetime patterns". Throws SqlError where a letter is not computed.
 */
export const formatted = (instant: string, pattern: string, zone: string): string => {
  const local = `CAST(${instant} AS TIMESTAMP)`
  const parts: string[] = []
  let format = ''
  const flush = (): void => {
    if (format !== '')
      parts.push(
        format.includes('%') && format !== format.replace(/%[^%]/g, '')
          ? `strftime(${local}, ${quoteText(format)})`
          : quoteText(format.replaceAll('%%', '%')),
      )
    format = ''
  }
  const visit = (items: readonly PatternItem[]): void => {
    for (const item of items) {
      if (item.kind === 'optional') visit(item.items)
      else if (item.kind === 'text') format += item.text.replaceAll('%', '%%')
      else {
        const simple = STRFTIME[`${item.letter}${item.count}`]
        if (simple !== undefined) format += simple
        else {
          flush()
          if (/[XxZ]/.test(item.letter)) parts.push(offset(instant, item.letter, item.count, pattern))
          else if (item.letter === 'V' && item.count === 2) parts.push(quoteText(zone))
          else parts.push(`(${field(local, item.letter, item.count, pattern)})`)
        }
      }
    }
  }
  visit(readPattern(pattern))
  flush()
  if (parts.length === 0) return `CASE WHEN ${instant} IS NOT NULL THEN '' END`
  const text = parts.join(' || ')
  return parts.every((part) => part.startsWith("'")) ? `CASE WHEN ${instant} IS NOT NULL THEN ${text} END` : `(${text})`
}
