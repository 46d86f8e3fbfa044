import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { infrastructureError } from '../../errors.ts'
import { decodeChunk, decodePairs, encodeBlock, encodePairs } from '../codec/block.ts'
import type { Batches, PairColumns } from './batches.ts'

/** Writes encoded chunks into a file, some megabytes at a time. Close it, or the descriptor stays open. */
export class BlockFile {
  readonly path: string
  private readonly descriptor: number
  private readonly pending: Buffer[] = []
  private waiting = 0
  rows = 0

  constructor(path: string, flags: 'w' | 'a' = 'w') {
    this.path = path
    this.descriptor = openSync(path, flags)
  }

  add(values: readonly unknown[]): void {
    if (values.length === 0) return
    this.addEncoded(encodeBlock(values), values.length)
  }

  addPairs(pairs: PairColumns<readonly unknown[]>): void {
    if (pairs.keys.length > 0) this.addEncoded(encodePairs(pairs.keys, pairs.values), pairs.keys.length)
  }

  addEncoded(bytes: Buffer, rows: number): void {
    this.pending.push(bytes)
    this.waiting += bytes.length
    this.rows += rows
    if (this.waiting > 4 << 20) this.flush()
  }

  private flush(): void {
    const bytes = this.pending.length === 1 ? this.pending[0]! : Buffer.concat(this.pending)
    this.pending.length = 0
    this.waiting = 0
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at)
  }

  close(): void {
    this.flush()
    closeSync(this.descriptor)
  }
}

const HEADER = 8
const READ_AHEAD = 1 << 20

/** The chunks of a file, one after the other, with little of it in memory. `remove`: it is deleted at its end. */
export const readBlockFile = (path: string, remove = false): Batches => {
  let descriptor: number | undefined
  let buffer = Buffer.alloc(0)
  let at = 0
  let offset = 0
  let size = 0
  const more = (wanted: number): boolean => {
    const have = buffer.length - at
    if (have >= wanted) return true
    const length = Math.min(Math.max(wanted, READ_AHEAD), have + size - offset)
    if (length < wanted) return false
    const next = Buffer.allocUnsafe(length)
    buffer.copy(next, 0, at)
    for (let filled = have; filled < length; ) {
      const read = readSync(descriptor!, next, filled, length - filled, offset)
      if (read === 0) throw infrastructureError(`${path} ended while it was read`)
      filled += read
      offset += read
    }
    buffer = next
    at = 0
    return true
  }
  /** True when all of the next chunk is in `buffer` from `at` on. */
  const nextChunk = (): boolean => {
    if (descriptor === undefined) {
      descriptor = openSync(path, 'r')
      size = fstatSync(descriptor).size
    } else if (descriptor === -1) return false
    if (!more(HEADER)) {
      closeSync(descriptor)
      if (remove) unlinkSync(path)
      descriptor = -1
      if (buffer.length - at > 0) throw infrastructureError(`${path} is cut off: its last chunk is not whole`)
      return false
    }
    const length = buffer.readUInt32LE(at)
    if (length < HEADER || !more(length)) throw infrastructureError(`${path} is damaged: a chunk of ${length} bytes`)
    return true
  }
  const read = <T extends { readonly next: number }>(decode: (bytes: Buffer, at: number) => T): T | undefined => {
    if (!nextChunk()) return undefined
    const chunk = decode(buffer, at)
    at = chunk.next
    return chunk
  }
  return { next: () => read(decodeChunk)?.values, nextPairs: () => read(decodePairs) }
}
