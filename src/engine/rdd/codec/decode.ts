import { deserialize } from 'node:v8'
import { infrastructureError } from '../../errors.ts'
import type { ByteReader } from './byte-reader.ts'
import { KIND } from './value-kind.ts'

/** A column of values: an array, or a typed run of numbers (of few types, so that loops over columns stay fast). */
export type Column = ArrayLike<unknown>

/** Reads `count` values that encodeColumn wrote. */
export const decodeColumn = (input: ByteReader, count: number): Column => {
  const kind = input.u8()
  switch (kind) {
    case KIND.undefined:
      return new Array(count).fill(undefined)
    case KIND.null:
      return new Array(count).fill(null)
    case KIND.boolean:
      return Array.from(input.uint8s(count), Boolean)
    case KIND.int8:
      return new Int32Array(input.int8s(count))
    case KIND.int16:
      return new Int32Array(input.int16s(count))
    case KIND.int32:
      return input.int32s(count)
    case KIND.double:
      return input.doubles(count)
    case KIND.ascii:
    case KIND.utf8:
    case KIND.utf16:
      return decodeTexts(input, kind, count)
    case KIND.bigint64:
      return input.bigints(count)
    case KIND.bigint:
      return Array.from(decodeTexts(input, input.u8(), count), BigInt)
    case KIND.date:
      return Array.from(input.doubles(count), (time) => new Date(time))
    case KIND.tuple:
      return decodeTuples(input, count)
    case KIND.list:
      return decodeLists(input, count)
    case KIND.record:
      return decodeRecords(input, count)
    case KIND.map:
      return decodeLists(input, count).map((flat) => {
        const made = new Map<unknown, unknown>()
        for (let i = 0; i < flat.length; i += 2) made.set(flat[i], flat[i + 1])
        return made
      })
    case KIND.set:
      return decodeLists(input, count).map((each) => new Set(each))
    case KIND.bytes:
      return Array.from(decodeColumn(input, count) as ArrayLike<number>, (length) => input.uint8s(length))
    case KIND.other:
      return deserialize(input.bytes(input.u32())) as unknown[]
    case KIND.mixed:
      return decodeMixed(input, count)
    default:
      throw infrastructureError(`a block of an RDD is damaged: no kind ${kind}`)
  }
}

export const decodeValues = (input: ByteReader, count: number): unknown[] => {
  const column = decodeColumn(input, count)
  return Array.isArray(column) ? column : Array.from(column)
}

/** The columns of `count` pairs, as encodePairColumns or encodeColumn wrote them. */
export const decodePairColumns = (
  input: ByteReader,
  count: number,
): { readonly keys: Column; readonly values: Column } => {
  const start = input.position
  if (input.u8() === KIND.tuple && input.u8() === 2) {
    const keys = decodeColumn(input, count)
    return { keys, values: decodeColumn(input, count) }
  }
  input.position = start
  const pairs = decodeColumn(input, count) as ArrayLike<readonly [unknown, unknown]>
  return { keys: Array.from(pairs, (pair) => pair[0]), values: Array.from(pairs, (pair) => pair[1]) }
}

const decodeTexts = (input: ByteReader, kind: number, count: number): string[] => {
  const lengths = decodeColumn(input, count) as ArrayLike<number>
  const size = input.u32()
  const joined = input.text(kind === KIND.ascii ? 'latin1' : kind === KIND.utf8 ? 'utf8' : 'utf16le', size)
  const texts = new Array<string>(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    const end = at + lengths[i]!
    texts[i] = joined.substring(at, end)
    at = end
  }
  return texts
}

const decodeTuples = (input: ByteReader, count: number): unknown[][] => {
  const width = input.u8()
  const columns: Column[] = []
  for (let i = 0; i < width; i++) columns.push(decodeColumn(input, count))
  const tuples = new Array<unknown[]>(count)
  if (width === 2) {
    const [keys, values] = columns as [Column, Column]
    for (let i = 0; i < count; i++) tuples[i] = [keys[i], values[i]]
    return tuples
  }
  for (let i = 0; i < count; i++) {
    const tuple = new Array<unknown>(width)
    for (let column = 0; column < width; column++) tuple[column] = columns[column]![i]
    tuples[i] = tuple
  }
  return tuples
}

const decodeLists = (input: ByteReader, count: number): unknown[][] => {
  const lengths = decodeColumn(input, count) as ArrayLike<number>
  const all = decodeColumn(input, input.u32())
  const lists = new Array<unknown[]>(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!
    const list = new Array<unknown>(length)
    for (let each = 0; each < length; each++) list[each] = all[at++]
    lists[i] = list
  }
  return lists
}

type RecordMaker = (columns: readonly Column[], count: number) => unknown[]
const makers = new Map<string, RecordMaker>()

/** A loop with the keys written out, so that all records of a shape share one hidden class. */
const recordMaker = (keys: readonly string[]): RecordMaker => {
  const signature = JSON.stringify(keys)
  const known = makers.get(signature)
  if (known !== undefined) return known
  const fields = keys.map((key, at) => `[${JSON.stringify(key)}]: columns[${at}][i]`).join(', ')
  const body = `const out = new Array(count); for (let i = 0; i < count; i++) out[i] = { ${fields} }; return out`
  const made = new Function('columns', 'count', body) as RecordMaker
  if (makers.size < 1000) makers.set(signature, made)
  return made
}

const decodeRecords = (input: ByteReader, count: number): unknown[] => {
  const width = input.u32()
  const keys = decodeColumn(input, width) as string[]
  const columns = keys.map(() => decodeColumn(input, count))
  return recordMaker(keys)(columns, count)
}

const decodeMixed = (input: ByteReader, count: number): unknown[] => {
  const width = input.u32()
  const numbers = decodeColumn(input, count) as ArrayLike<number>
  const groups: Column[] = []
  for (let i = 0; i < width; i++) groups.push(decodeColumn(input, input.u32()))
  const next = new Array<number>(width).fill(0)
  return Array.from({ length: count }, (_, i) => {
    const group = numbers[i]!
    return groups[group]![next[group]!++]
  })
}
