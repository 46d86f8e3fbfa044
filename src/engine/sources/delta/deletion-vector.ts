import { userError } from '../../errors.ts'
import type { DeletionVectorRef } from './log-actions.ts'
import type { TableStore } from './table-store.ts'

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const MAGIC = 1681511377

/** Source: ZeroMQ RFC 32. Five letters are four bytes. */
const fromZ85 = (text: string): Uint8Array => {
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < text.length / 5; index++) {
    let value = 0
    for (const letter of text.slice(index * 5, index * 5 + 5)) value = value * 85 + Z85.indexOf(letter)
    view.setUint32(index * 4, value)
  }
  return bytes
}

/** Source: PROTOCOL.md, "Derived Fields" of deletion vectors: an optional prefix, then a UUID in Z85. */
const pathOf = (table: string, { storageType, pathOrInlineDv }: DeletionVectorRef): string => {
  if (storageType !== 'u')
    throw userError(`the Delta table ${table} names a deletion vector by a path, which is not supported`)
  const hex = Buffer.from(fromZ85(pathOrInlineDv.slice(-20))).toString('hex')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const prefix = pathOrInlineDv.slice(0, -20)
  return `${prefix === '' ? '' : `${prefix}/`}deletion_vector_${uuid}.bin`
}

/** Numbers of rows of a file that are deleted, ascending. Throws EngineError. */
export const deletedRows = async (store: TableStore, ref: DeletionVectorRef): Promise<readonly number[]> => {
  const { storageType, sizeInBytes, cardinality } = ref
  const bytes =
    storageType === 'i'
      ? fromZ85(ref.pathOrInlineDv).subarray(0, sizeInBytes)
      : // Four bytes of length come first.
        await store.bytes(pathOf(store.shown, ref), (ref.offset ?? 1) + 4, sizeInBytes)
  const rows = readBitmaps(bytes)
  if (rows === undefined || rows.length !== cardinality)
    throw userError(
      `a deletion vector of the Delta table ${store.shown} is broken (${rows?.length ?? 'no'} of ${cardinality} rows)`,
    )
  return rows
}

const SERIAL_COOKIE = 12347
const COOKIE_WITHOUT_RUNS = 12346
const OFFSETS_FROM = 4

/** Bitmaps of 32 bits each under the upper half of the number. Source: the portable form of Roaring bitmaps, and PROTOCOL.md. */
export const readBitmaps = (bytes: Uint8Array): readonly number[] | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getInt32(0, true) !== MAGIC) return undefined
  const count = Number(view.getBigInt64(4, true))
  const rows: number[] = []
  let at = 12
  for (let index = 0; index < count; index++) {
    const high = view.getUint32(at, true) * 2 ** 32
    at = readBitmap(view, at + 4, (low) => rows.push(high + low))
  }
  return rows
}

/** Reads one bitmap at an offset; gives the offset after it. */
const readBitmap = (view: DataView, start: number, found: (value: number) => void): number => {
  let at = start
  const cookie = view.getUint32(at, true)
  at += 4
  const withRuns = (cookie & 0xffff) === SERIAL_COOKIE
  if (!withRuns && cookie !== COOKIE_WITHOUT_RUNS)
    throw userError('a deletion vector of the Delta table is in an unknown form')
  const size = withRuns ? (cookie >>> 16) + 1 : view.getUint32(at, true)
  if (!withRuns) at += 4
  const runs = (index: number) => withRuns && ((view.getUint8(start + 4 + (index >> 3)) >> (index & 7)) & 1) === 1
  if (withRuns) at += (size + 7) >> 3
  const heads = Array.from({ length: size }, (_, index) => ({
    high: view.getUint16(at + index * 4, true) * 65_536,
    cardinality: view.getUint16(at + index * 4 + 2, true) + 1,
  }))
  at += size * 4
  if (!withRuns || size >= OFFSETS_FROM) at += size * 4
  for (const [index, { high, cardinality }] of heads.entries()) {
    if (runs(index)) {
      const count = view.getUint16(at, true)
      at += 2
      for (let run = 0; run < count; run++, at += 4) {
        const from = view.getUint16(at, true)
        const length = view.getUint16(at + 2, true)
        for (let value = from; value <= from + length; value++) found(high + value)
      }
    } else if (cardinality > 4096) {
      for (let byte = 0; byte < 8192; byte++) {
        const bits = view.getUint8(at + byte)
        for (let bit = 0; bits >> bit !== 0; bit++) if ((bits >> bit) & 1) found(high + byte * 8 + bit)
      }
      at += 8192
    } else {
      for (let item = 0; item < cardinality; item++, at += 2) found(high + view.getUint16(at, true))
    }
  }
  return at
}
