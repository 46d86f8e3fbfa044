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
import type { DataType } from '../../types/data-type.ts'

/**
 * A value as scripts have it: long is bigint, decimals are unscaled bigints, dates days, timestamps microseconds as
 * bigint, arrays and structs (in the order of their fields) lists, maps lists of pairs. Exact in both directions.
 */
export type ScriptValue = null | boolean | number | bigint | string | Uint8Array | readonly ScriptValue[]

/** Reads DuckDB's values of a type. */
export const readerOf = (type: DataType): ((value: DuckDBValue) => ScriptValue) => {
  const read = reader(type)
  return (value) => (value === null ? null : read(value))
}

const reader = (type: DataType): ((value: DuckDBValue) => ScriptValue) => {
  switch (type.kind) {
    case 'binary':
      return (value) => (value as DuckDBBlobValue).bytes
    case 'date':
      return (value) => (value as DuckDBDateValue).days
    case 'timestamp':
    case 'timestamp_ntz':
      return (value) => (value as DuckDBTimestampValue).micros
    case 'decimal':
      return (value) => (value as DuckDBDecimalValue).value
    case 'array': {
      const item = readerOf(type.element)
      return (value) => (value as DuckDBListValue).items.map(item)
    }
    case 'map': {
      const [key, item] = [readerOf(type.key), readerOf(type.value)]
      return (value) => (value as DuckDBMapValue).entries.map((entry) => [key(entry.key), item(entry.value)])
    }
    case 'struct': {
      const fields = type.fields.map((field) => [field.name, readerOf(field.type)] as const)
      return (value) => {
        const { entries } = value as DuckDBStructValue
        return fields.map(([name, read]) => read(entries[name] ?? null))
      }
    }
    default:
      return (value) => value as ScriptValue
  }
}

/** Makes DuckDB's values of a type. */
export const writerOf = (type: DataType): ((value: ScriptValue) => DuckDBValue) => {
  const write = writer(type)
  return (value) => (value === null ? null : write(value))
}

const writer = (type: DataType): ((value: ScriptValue) => DuckDBValue) => {
  switch (type.kind) {
    case 'binary':
      return (value) => new DuckDBBlobValue(value as Uint8Array)
    case 'date':
      return (value) => new DuckDBDateValue(value as number)
    case 'timestamp':
      return (value) => new DuckDBTimestampTZValue(value as bigint)
    case 'timestamp_ntz':
      return (value) => new DuckDBTimestampValue(value as bigint)
    case 'decimal':
      return (value) => new DuckDBDecimalValue(value as bigint, type.precision, type.scale)
    case 'array': {
      const item = writerOf(type.element)
      return (value) => new DuckDBListValue((value as readonly ScriptValue[]).map(item))
    }
    case 'map': {
      const [key, item] = [writerOf(type.key), writerOf(type.value)]
      return (value) =>
        new DuckDBMapValue(
          (value as readonly (readonly [ScriptValue, ScriptValue])[]).map(([name, inner]) => ({
            key: key(name),
            value: item(inner),
          })),
        )
    }
    case 'struct': {
      const fields = type.fields.map((field) => [field.name, writerOf(field.type)] as const)
      return (value) =>
        new DuckDBStructValue(
          Object.fromEntries(fields.map(([name, write], index) => [name, write((value as ScriptValue[])[index]!)])),
        )
    }
    default:
      return (value) => value as DuckDBValue
  }
}
