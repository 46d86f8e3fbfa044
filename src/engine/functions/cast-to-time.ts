import type { DataType } from '../types/data-type.ts'
import { isFractional, isIntegral } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindOnce } from './bind-once.ts'
import type { CastMode } from './cast.ts'
import { invalidInput } from './cast-failure.ts'
import { unsupported } from './refuse.ts'

type Datetime = Extract<DataType, { kind: 'date' | 'timestamp' | 'timestamp_ntz' }>

const TYPES = { date: 'DATE', timestamp: 'TIMESTAMP WITH TIME ZONE', timestamp_ntz: 'TIMESTAMP' } as const

/** SQL of a value as a date or timestamp. */
export const toDatetime = (sql: string, from: DataType, to: Datetime, mode: CastMode): string => {
  switch (from.kind) {
    case 'string':
      return to.kind === 'date' ? dateOfText(sql, mode) : timestampOfText(sql, to, mode)
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return `CAST(${sql} AS ${TYPES[to.kind]})`
    case 'decimal':
      return `make_timestamptz(CAST(trunc(CAST(${sql} AS DECIMAL(38,6)) * 1000000) AS BIGINT))`
    default:
      if (isIntegral(from)) return `make_timestamptz(CAST(${sql} AS BIGINT) * 1000000)`
      if (isFractional(from)) {
        const value = (x: string) => `make_timestamptz(CAST(trunc(${x} * 1000000) AS BIGINT))`
        return mode === 'ansi' ? value(sql) : bindOnce([sql], (x) => `CASE WHEN isfinite(${x}) THEN ${value(x)} END`)
      }
      throw unsupported(`${sqlTypeName(from)} is not cast to ${sqlTypeName(to)} here`)
  }
}

const SPACE = '[\\x00-\\x20]*'
const DATE_FORM = `'^${SPACE}([0-9]{4,5})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[ T].*)?)?)?${SPACE}$'`

/** yyyy, yyyy-[m]m, yyyy-[m]m-[d]d, the latter with anything after a space or T. Source: Spark's stringToDate. */
const dateOfText = (sql: string, mode: CastMode): string =>
  bindOnce([sql], (x) => {
    const parts = `regexp_extract(${x}, ${DATE_FORM}, ['y', 'm', 'd'])`
    const slow = `list_transform([${parts}], lambda p: CASE WHEN p.y <> '' THEN TRY_CAST(p.y || '-' || coalesce(nullif(p.m, ''), '01') || '-' || coalesce(nullif(p.d, ''), '01') AS DATE) END)[1]`
    const value = `CASE WHEN regexp_full_match(${x}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST(${x} AS DATE) ELSE ${slow} END`
    return orFail(value, x, 'DATE', mode)
  })

const orFail = (value: string, x: string, target: string, mode: CastMode): string =>
  mode === 'ansi' ? `CASE WHEN ${x} IS NULL THEN NULL ELSE coalesce(${value}, ${invalidInput(x, target)}) END` : value

const ZONE =
  '(Z|[Uu][Tt][Cc]|[Gg][Mm][Tt]|(?:UTC|GMT|UT)?[+-][0-9]{1,2}(?::?[0-9]{2})?(?::[0-9]{2})?|[A-Za-z]+/[A-Za-z_/+-]+[0-9]*)?'
const TIME_FORM = `'^${SPACE}([0-9]{4,5})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[ T](?:([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.]([0-9]*))?)?${SPACE}${ZONE})?)?)?)?${SPACE}$'`

/** Dates as above, with [h]h:[m]m[:[s]s[.fraction]] and a zone. Source: Spark's stringToTimestamp; times without a date are refused. */
const timestampOfText = (sql: string, to: Datetime, mode: CastMode): string =>
  bindOnce([sql], (x) => {
    const parts = `regexp_extract(${x}, ${TIME_FORM}, ['y', 'm', 'd', 'h', 'i', 's', 'f', 'z'])`
    const two = (name: string, absent: string) => `lpad(coalesce(nullif(p.${name}, ''), '${absent}'), 2, '0')`
    const local = `p.y || '-' || ${two('m', '1')} || '-' || ${two('d', '1')} || ' ' || ${two('h', '0')} || ':' || ${two('i', '0')} || ':' || ${two('s', '0')} || '.' || left(p.f || '000000', 6)`
    const valid = `p.y <> '' AND ${two('h', '0')} < '24' AND ${two('i', '0')} < '60' AND ${two('s', '0')} < '60'`
    const stamp = `TRY_CAST(${local} AS TIMESTAMP)`
    const offset = `regexp_replace(regexp_replace(p.z, '^(UTC|GMT|UT)', ''), '^([+-])([0-9])($|:)', '\\10\\2\\3')`
    const zoned =
      to.kind === 'timestamp'
        ? `CASE WHEN p.z = '' THEN CAST(${stamp} AS TIMESTAMP WITH TIME ZONE) ` +
          `WHEN regexp_matches(p.z, '[+-][0-9]') AND NOT contains(p.z, '/') THEN TRY_CAST(${local} || ${offset} AS TIMESTAMP WITH TIME ZONE) ` +
          `WHEN upper(p.z) IN ('Z', 'UTC', 'GMT') THEN TRY_CAST(${local} || '+00' AS TIMESTAMP WITH TIME ZONE) ` +
          `ELSE timezone(p.z, ${stamp}) END`
        : stamp
    const value = `list_transform([${parts}], lambda p: CASE WHEN ${valid} THEN ${zoned} END)[1]`
    return orFail(value, x, to.kind === 'timestamp' ? 'TIMESTAMP' : 'TIMESTAMP_NTZ', mode)
  })

/** SQL of a value as an interval. */
export const toInterval = (sql: string, from: DataType, to: DataType): string => {
  if (from.kind === to.kind) return sql
  throw unsupported(`${sqlTypeName(from)} is not cast to ${sqlTypeName(to)} here`)
}
