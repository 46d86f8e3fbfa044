import { type Span, SqlError } from './sql-error.ts'
import type { StatementSyntax } from './statement-syntax.ts'

const TIME_ZONE_KEY = 'spark.sql.session.timeZone'
const SETTING = /^(?:`([^`]+)`|([^\s=`]+))\s*(?:=\s*([\s\S]*))?$/

const unquoted = (value: string): string => {
  const quoted = /^`([^`]*)`$/.exec(value)
  return quoted?.[1] ?? value
}

/** What follows SET or RESET is taken as it is, so that `SET key = it's /a/path` needs no quotes. Undefined: neither. */
export const settingStatement = (text: string, at: Span, localTimeZone: () => string): StatementSyntax | undefined => {
  const whole = text.slice(at.start, at.end)
  const [, word = '', rest = ''] = /^(SET|RESET)(?:\s+([\s\S]*))?$/i.exec(whole) ?? []
  const body = rest.trim()
  if (word === '') return undefined
  if (word.toUpperCase() === 'RESET')
    return body === '' ? { kind: 'reset', at } : { kind: 'reset', key: unquoted(body), at }
  if (body === '') return { kind: 'show-settings', verbose: false, at }
  if (/^-v$/i.test(body)) return { kind: 'show-settings', verbose: true, at }
  const zone = /^TIME\s+ZONE\s+(.*)$/is.exec(body)?.[1]
  if (zone !== undefined)
    return { kind: 'set', key: TIME_ZONE_KEY, value: timeZone(zone.trim(), at, localTimeZone), at }
  const kind = /^(ROLE|VAR|VARIABLE|CATALOG)\s/i.exec(body)?.[1]
  if (kind !== undefined && !/^\S+\s*=/.test(body)) {
    throw new SqlError('UNSUPPORTED_FEATURE', `SET ${kind.toUpperCase()} is not supported; SET key = value is.`, at)
  }
  const setting = SETTING.exec(body)
  const key = setting?.[1] ?? setting?.[2]
  if (key === undefined) {
    throw new SqlError(
      'INVALID_SET_SYNTAX',
      'Write SET, SET key, or SET key = value; a key with other letters needs backticks.',
      at,
    )
  }
  const value = setting?.[3]
  if (value === undefined) return { kind: 'show-settings', key, verbose: false, at }
  return { kind: 'set', key, value: unquoted(value.trim()), at }
}

const timeZone = (text: string, at: Span, localTimeZone: () => string): string => {
  if (/^LOCAL$/i.test(text)) return localTimeZone()
  const quoted = /^(['"])(.*)\1$/s.exec(text)?.[2]
  if (quoted !== undefined) return quoted
  throw new SqlError(
    'UNSUPPORTED_FEATURE',
    `SET TIME ZONE ${text} is not supported; write SET TIME ZONE 'Area/City'.`,
    at,
  )
}
