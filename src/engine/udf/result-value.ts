import { inspect } from 'node:util'
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { DataType, StructType } from '../types/data-type.ts'
import { simpleString } from '../types/type-name.ts'

/** Makes what DuckDB stores of what a function returned. Throws Error with a sentence where it is not of the type. */
export type ToResult = (value: unknown) => DuckDBValue

const DAY = 86_400_000

/** null and undefined are null of every type. Nothing is rounded, cut or parsed beyond what the type says. */
export const resultOf = (type: DataType): ToResult => {
  const convert = converter(type)
  return (value) => (value === null || value === undefined ? null : convert(value))
}

/** A value in a message. */
export const shown = (value: unknown): string =>
  inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 2, maxArrayLength: 10, maxStringLength: 100 })

const wrong = (value: unknown, type: DataType, why?: string): Error => {
  if (value instanceof Promise) return new Error('it returned a promise; it must return the value itself')
  return new Error(
    `it returned ${shown(value)}, which is no ${simpleString(type)}${why === undefined ? '' : ` (${why})`}`,
  )
}

const converter = (type: DataType): ToResult => {
  switch (type.kind) {
    case 'void':
      return (value) => {
        throw wrong(value, type)
      }
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrong(value, type)
        return value
      }
    case 'byte':
      return integer(type, 8)
    case 'short':
      return integer(type, 16)
    case 'integer':
    case 'year-month-interval':
      return integer(type, 32)
    case 'long':
    case 'day-time-interval':
      return (value) => BigInt(long(value, type))
    case 'float':
    case 'double':
      return (value) => {
        if (typeof value === 'number') return value
        if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value)
        throw wrong(value, type)
      }
    case 'decimal':
      return (value) => decimal(value, type)
    case 'string':
      return (value) => {
        if (typeof value !== 'string') throw wrong(value, type)
        if (!value.isWellFormed()) throw wrong(value, type, 'half a character: a lone surrogate')
        return value
      }
    case 'binary':
      return (value) => {
        if (!(value instanceof Uint8Array)) throw wrong(value, type, 'a Uint8Array is')
        return new DuckDBBlobValue(value)
      }
    case 'date':
      return (value) => new DuckDBDateValue(days(value, type))
    case 'timestamp':
      return (value) => new DuckDBTimestampTZValue(micros(value, type))
    case 'timestamp_ntz':
      return (value) => new DuckDBTimestampValue(micros(value, type))
    case 'array': {
      const item = resultOf(type.element)
      return (value) => {
        if (!Array.isArray(value)) throw wrong(value, type)
        return new DuckDBListValue(value.map(item))
      }
    }
    case 'map': {
      const [key, item] = [resultOf(type.key), resultOf(type.value)]
      return (value) => {
        if (!(value instanceof Map)) throw wrong(value, type, 'a Map is')
        return new DuckDBMapValue(
          [...value].map(([name, each]) => {
            if (name === null || name === undefined) throw wrong(value, type, 'a key is null')
            return { key: key(name), value: item(each) }
          }),
        )
      }
    }
    case 'struct':
      return structure(type)
  }
}

const structure = (type: StructType): ToResult => {
  const fields = type.fields.map((field) => [field.name, resultOf(field.type)] as const)
  const names = new Set(fields.map(([name]) => name))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(value, type)
    const unknown = Object.keys(value).find((name) => !names.has(name))
    if (unknown !== undefined) throw wrong(value, type, `it has no field ${unknown}`)
    const given = value as Readonly<Record<string, unknown>>
    return new DuckDBStructValue(Object.fromEntries(fields.map(([name, make]) => [name, make(given[name])])))
  }
}

const long = (value: unknown, type: DataType): number | bigint => {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value
    throw wrong(
      value,
      type,
      Number.isInteger(value) ? 'too large for a number to be exact: return a bigint' : 'not whole',
    )
  }
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw wrong(value, type)
  return value
}

const integer = (type: DataType, bits: number): ToResult => {
  const limit = 2 ** (bits - 1)
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number') throw wrong(value, type)
    if (!Number.isInteger(number)) throw wrong(value, type, 'not whole')
    if (number < -limit || number >= limit) throw wrong(value, type, 'out of range')
    return number
  }
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

const decimal = (value: unknown, type: DataType & { readonly kind: 'decimal' }): DuckDBDecimalValue => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') throw wrong(value, type)
  const [, sign = '', whole = '', part = '', exponent = '0'] = DECIMAL.exec(String(value).trim()) ?? []
  const digits = whole + part
  if (digits === '') throw wrong(value, type)
  const shift = type.scale - part.length + Number(exponent)
  const cut = shift < 0 ? digits.slice(shift) : ''
  if (/[^0]/.test(cut)) throw wrong(value, type, `more than ${type.scale} digits after the point: round it`)
  const unscaled = BigInt(shift < 0 ? digits.slice(0, shift) || '0' : digits + '0'.repeat(shift))
  if (unscaled >= 10n ** BigInt(type.precision)) throw wrong(value, type, 'out of range')
  return new DuckDBDecimalValue(sign === '-' ? -unscaled : unscaled, type.precision, type.scale)
}

const days = (value: unknown, type: DataType): number => {
  if (value instanceof Date) {
    const time = value.getTime()
    if (Number.isNaN(time) || time % DAY !== 0)
      throw wrong(value, type, 'a Date must be midnight in UTC; or a text like 2026-11-21')
    return time / DAY
  }
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value))
    throw wrong(value, type, 'a text like 2026-11-21 is')
  const made = new Date(`${value}T00:00:00Z`)
  if (Number.isNaN(made.getTime()) || made.toISOString().slice(0, 10) !== value) throw wrong(value, type)
  return made.getTime() / DAY
}

const micros = (value: unknown, type: DataType): bigint => {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw wrong(value, type, 'a valid Date is')
  return BigInt(value.getTime()) * 1000n
}
