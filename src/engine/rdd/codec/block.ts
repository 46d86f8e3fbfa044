import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Column, decodePairColumns, decodeValues } from './decode.ts'
import { encodeColumn, encodePairColumns } from './encode.ts'

/** Values in one chunk: enough for tight loops, small enough that a chunk is never a burden. */
export const CHUNK_VALUES = 4096
const HEADER = 8

let shared: ByteWriter | undefined

const chunkOf = (count: number, write: (out: ByteWriter) => void): Buffer => {
  const out = shared ?? new ByteWriter()
  shared = undefined
  out.clear()
  out.u32(0)
  out.u32(count)
  write(out)
  out.patchU32(0, out.length)
  const bytes = out.taken()
  if (bytes.length < 1 << 24) shared = out
  return bytes
}

/** One chunk: its bytes, its count, then the column. A block is any number of chunks, one after the other. */
export const encodeChunk = (values: readonly unknown[]): Buffer =>
  chunkOf(values.length, (out) => encodeColumn(values, out))

/** The chunk of [key, value] pairs that are there as columns. */
export const encodePairs = (keys: readonly unknown[], values: readonly unknown[]): Buffer =>
  chunkOf(keys.length, (out) => encodePairColumns(keys, values, out))

/** A whole block of any length. */
export const encodeBlock = (values: readonly unknown[]): Buffer => {
  if (values.length <= CHUNK_VALUES) return values.length === 0 ? Buffer.alloc(0) : encodeChunk(values)
  const chunks: Buffer[] = []
  for (let at = 0; at < values.length; at += CHUNK_VALUES) chunks.push(encodeChunk(values.slice(at, at + CHUNK_VALUES)))
  return Buffer.concat(chunks)
}

/** The values of the chunk at `at`, and where the next one begins. */
export const decodeChunk = (bytes: Buffer, at = 0): { readonly values: unknown[]; readonly next: number } => {
  const length = bytes.readUInt32LE(at)
  const count = bytes.readUInt32LE(at + 4)
  return { values: decodeValues(new ByteReader(bytes, at + HEADER), count), next: at + length }
}

/** The same for a chunk of pairs: its columns. */
export const decodePairs = (
  bytes: Buffer,
  at = 0,
): { readonly keys: Column; readonly values: Column; readonly next: number } => {
  const length = bytes.readUInt32LE(at)
  const count = bytes.readUInt32LE(at + 4)
  return { ...decodePairColumns(new ByteReader(bytes, at + HEADER), count), next: at + length }
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
