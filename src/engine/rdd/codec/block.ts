import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { decodeColumn } from './decode.ts'
import { encodeColumn } from './encode.ts'

/** Values in one chunk: enough for tight loops, small enough that a chunk is never a burden. */
export const CHUNK_VALUES = 4096
const HEADER = 8

let shared: ByteWriter | undefined

/** One chunk: its bytes, its count, then the column. A block is any number of chunks, one after the other. */
export const encodeChunk = (values: readonly unknown[]): Buffer => {
  const out = shared ?? new ByteWriter()
  shared = undefined
  out.clear()
  out.u32(0)
  out.u32(values.length)
  encodeColumn(values, out)
  out.patchU32(0, out.length)
  const bytes = out.taken()
  if (bytes.length < 1 << 24) shared = out
  return bytes
}

/** A whole block of any length. */
export const encodeBlock = (values: readonly unknown[]): Buffer => {
  if (values.length <= CHUNK_VALUES) return values.length === 0 ? Buffer.alloc(0) : encodeChunk(values)
  const chunks: Buffer[] = []
  for (let at = 0; at < values.length; at += CHUNK_VALUES) chunks.push(encodeChunk(values.slice(at, at + CHUNK_VALUES)))
  return Buffer.concat(chunks)
}

const asArray = (column: ArrayLike<unknown>): unknown[] => (Array.isArray(column) ? column : Array.from(column))

/** The values of the chunk at `at`, and where the next one begins. */
export const decodeChunk = (bytes: Buffer, at = 0): { readonly values: unknown[]; readonly next: number } => {
  const length = bytes.readUInt32LE(at)
  const count = bytes.readUInt32LE(at + 4)
  const values = decodeColumn(new ByteReader(bytes, at + HEADER), count)
  return { values: asArray(values), next: at + length }
}

export const decodeBlock = (bytes: Buffer): unknown[] => {
  const all: unknown[] = []
  for (let at = 0; at < bytes.length; ) {
    const { values, next } = decodeChunk(bytes, at)
    for (let i = 0; i < values.length; i++) all.push(values[i])
    at = next
  }
  return all
}
