import { serialize } from 'node:v8'
import { userError } from '../../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import { KIND, kindOf, type ValueKind } from './value-kind.ts'

const DEEPEST = 100
const LONGEST_TUPLE = 16

/** Writes values as one column: typed runs of numbers, one text for all strings, tuples and records column by column. */
export const encodeColumn = (values: readonly unknown[], out: ByteWriter, depth = 0): void => {
  if (depth > DEEPEST) {
    throw userError(`an element contains itself, or is nested deeper than ${DEEPEST} levels: it has no compact form`)
  }
  if (values.length === 0) {
    out.u8(KIND.undefined)
    return
  }
  const first = kindOf(values[0])
  if (allOf(first, values)) encodeKind(first, values, out, depth)
  else encodeMixed(values, out, depth)
}

const allOf = (kind: ValueKind, values: readonly unknown[]): boolean => {
  if (kind === 'number') {
    for (let i = 1; i < values.length; i++) if (typeof values[i] !== 'number') return false
  } else if (kind === 'string') {
    for (let i = 1; i < values.length; i++) if (typeof values[i] !== 'string') return false
  } else {
    for (let i = 1; i < values.length; i++) if (kindOf(values[i]) !== kind) return false
  }
  return true
}

/** [key, value] pairs that are there as columns: the same bytes as encodeColumn writes for the pairs. */
export const encodePairColumns = (keys: readonly unknown[], values: readonly unknown[], out: ByteWriter): void => {
  out.u8(KIND.tuple)
  out.u8(2)
  encodeColumn(keys, out, 1)
  encodeColumn(values, out, 1)
}

const encodeKind = (kind: ValueKind, values: readonly unknown[], out: ByteWriter, depth: number): void => {
  switch (kind) {
    case 'undefined':
      out.u8(KIND.undefined)
      return
    case 'null':
      out.u8(KIND.null)
      return
    case 'boolean':
      out.u8(KIND.boolean)
      out.run(Uint8Array.from(values as boolean[], Number))
      return
    case 'number':
      encodeNumbers(values as number[], out)
      return
    case 'string':
      encodeTexts(values as string[], out)
      return
    case 'bigint':
      encodeBigints(values as bigint[], out)
      return
    case 'date':
      out.u8(KIND.date)
      out.run(Float64Array.from(values as Date[], Number))
      return
    case 'array':
      encodeArrays(values as unknown[][], out, depth)
      return
    case 'record':
      encodeRecords(values as Record<string, unknown>[], out, depth)
      return
    case 'map':
      out.u8(KIND.map)
      encodeLists(
        (values as Map<unknown, unknown>[]).map((each) => [...each].flat(1)),
        out,
        depth,
      )
      return
    case 'set':
      out.u8(KIND.set)
      encodeLists(
        (values as Set<unknown>[]).map((each) => [...each]),
        out,
        depth,
      )
      return
    case 'bytes':
      out.u8(KIND.bytes)
      encodeNumbers(
        (values as Uint8Array[]).map((each) => each.length),
        out,
      )
      for (const each of values as Uint8Array[]) out.bytes(each)
      return
    case 'other': {
      const bytes = serialize(values)
      out.u8(KIND.other)
      out.u32(bytes.length)
      out.bytes(bytes)
      return
    }
  }
}

const encodeNumbers = (values: readonly number[], out: ByteWriter): void => {
  let least = 0
  let most = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      out.u8(KIND.double)
      out.run(new Float64Array(values))
      return
    }
    if (value < least) least = value
    else if (value > most) most = value
  }
  if (least >= -128 && most <= 127) {
    out.u8(KIND.int8)
    out.run(new Int8Array(values))
  } else if (least >= -32768 && most <= 32767) {
    out.u8(KIND.int16)
    out.run(new Int16Array(values))
  } else {
    out.u8(KIND.int32)
    out.run(new Int32Array(values))
  }
}

const encodeTexts = (values: readonly string[], out: ByteWriter): void => {
  const joined = values.join('')
  const bytes = Buffer.byteLength(joined, 'utf8')
  // Half a surrogate pair has no UTF-8.
  const kind = bytes === joined.length ? KIND.ascii : joined.isWellFormed() ? KIND.utf8 : KIND.utf16
  out.u8(kind)
  const lengths = new Array<number>(values.length)
  for (let i = 0; i < values.length; i++) lengths[i] = values[i]!.length
  encodeNumbers(lengths, out)
  const size = kind === KIND.utf16 ? joined.length * 2 : bytes
  out.u32(size)
  out.text(joined, kind === KIND.ascii ? 'latin1' : kind === KIND.utf8 ? 'utf8' : 'utf16le', size)
}

const encodeBigints = (values: readonly bigint[], out: ByteWriter): void => {
  if (values.every((value) => BigInt.asIntN(64, value) === value)) {
    out.u8(KIND.bigint64)
    out.run(BigInt64Array.from(values))
    return
  }
  out.u8(KIND.bigint)
  encodeTexts(values.map(String), out)
}

const encodeArrays = (values: readonly (readonly unknown[])[], out: ByteWriter, depth: number): void => {
  const width = values[0]!.length
  const tuple = width <= LONGEST_TUPLE && values.every((each) => each.length === width)
  if (!tuple) {
    out.u8(KIND.list)
    encodeLists(values, out, depth)
    return
  }
  out.u8(KIND.tuple)
  out.u8(width)
  for (let column = 0; column < width; column++) encodeColumn(columnOf(values, column), out, depth + 1)
}

const columnOf = (values: readonly (readonly unknown[])[], column: number): unknown[] => {
  const taken = new Array<unknown>(values.length)
  for (let i = 0; i < values.length; i++) taken[i] = values[i]![column]
  return taken
}

const encodeLists = (values: readonly (readonly unknown[])[], out: ByteWriter, depth: number): void => {
  encodeNumbers(
    values.map((each) => each.length),
    out,
  )
  const all: unknown[] = []
  for (const each of values) for (let i = 0; i < each.length; i++) all.push(each[i])
  out.u32(all.length)
  encodeColumn(all, out, depth + 1)
}

const sameKeys = (record: object, keys: readonly string[]): boolean => {
  let at = 0
  for (const key in record) if (key !== keys[at++]) return false
  return at === keys.length
}

const encodeRecords = (values: readonly Record<string, unknown>[], out: ByteWriter, depth: number): void => {
  const keys = Object.keys(values[0]!)
  if (!values.every((each) => sameKeys(each, keys))) {
    encodeMixed(values, out, depth)
    return
  }
  out.u8(KIND.record)
  out.u32(keys.length)
  encodeTexts(keys, out)
  for (const key of keys) {
    const column = new Array<unknown>(values.length)
    for (let i = 0; i < values.length; i++) column[i] = values[i]![key]
    encodeColumn(column, out, depth + 1)
  }
}

/** Groups of one kind and shape: a number a value says which, then a column a group. */
const encodeMixed = (values: readonly unknown[], out: ByteWriter, depth: number): void => {
  const groups = new Map<string, { readonly number: number; readonly values: unknown[] }>()
  const numbers = values.map((value) => {
    const kind = kindOf(value)
    const shape = kind === 'record' ? `record ${JSON.stringify(Object.keys(value as object))}` : kind
    const known = groups.get(shape) ?? { number: groups.size, values: [] }
    if (known.values.length === 0) groups.set(shape, known)
    known.values.push(value)
    return known.number
  })
  out.u8(KIND.mixed)
  out.u32(groups.size)
  encodeNumbers(numbers, out)
  for (const group of groups.values()) {
    out.u32(group.values.length)
    encodeColumn(group.values, out, depth + 1)
  }
}
