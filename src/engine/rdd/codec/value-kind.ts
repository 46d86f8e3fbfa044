import { types } from 'node:util'
import { userError } from '../../errors.ts'

/** How a column of values is written; a byte in the block. */
export const KIND = {
  undefined: 0,
  null: 1,
  boolean: 2,
  int8: 3,
  int16: 4,
  int32: 5,
  double: 6,
  ascii: 7,
  utf8: 8,
  utf16: 9,
  bigint64: 10,
  bigint: 11,
  date: 12,
  tuple: 13,
  list: 14,
  record: 15,
  map: 16,
  set: 17,
  /** Typed arrays, errors, regular expressions: by Node's own serializer. */
  other: 18,
  mixed: 19,
  bytes: 20,
} as const

/** What a value is, before its column is looked at as a whole. */
export type ValueKind =
  | 'undefined'
  | 'null'
  | 'boolean'
  | 'number'
  | 'string'
  | 'bigint'
  | 'date'
  | 'array'
  | 'record'
  | 'map'
  | 'set'
  | 'bytes'
  | 'other'

const REMEDY = 'give plain objects, arrays, Maps, Sets, dates, numbers, texts, or map it to them before'

/** Throws EngineError for values that have no meaning in another process: functions, symbols, instances of classes. */
export const kindOf = (value: unknown): ValueKind => {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return typeof value as ValueKind
    case 'function':
      throw userError(`an element holds a function (${value.name || 'without a name'}); ${REMEDY}`)
    case 'symbol':
      throw userError(`an element holds a symbol; ${REMEDY}`)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      return kindOfObject(value)
  }
}

const kindOfObject = (value: object): ValueKind => {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return 'record'
  if (types.isDate(value)) return 'date'
  if (types.isMap(value)) return 'map'
  if (types.isSet(value)) return 'set'
  if (types.isUint8Array(value)) return 'bytes'
  if (
    types.isTypedArray(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value)
  ) {
    return 'other'
  }
  // An object of another realm (vm, vitest) is as plain as one of ours.
  if (Object.getPrototypeOf(prototype) === null && prototype.constructor?.name === 'Object') return 'record'
  const name = prototype.constructor?.name ?? 'a class'
  throw userError(`an element is, or holds, an instance of ${name}, whose methods would be lost on the way; ${REMEDY}`)
}
