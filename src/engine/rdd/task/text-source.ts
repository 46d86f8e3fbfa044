import { isAscii } from 'node:buffer'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { messageOf, userError } from '../../errors.ts'
import type { TextSplit } from '../plan/stage-plan.ts'
import { type Batches, ofArray } from './batches.ts'

/** Lines of so many bytes are on their way at once: they, and what is made of them, stay in the processor's cache. */
const CHUNK = 1 << 16
const NEWLINE = 10
const RETURN = 13

const textOf = (bytes: Buffer): string => bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')

const linesOf = (text: string): string[] => (text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n'))

export const isCompressed = (path: string): boolean => /\.gz$/i.test(path)

/**
 * The lines of a part of a text file: those whose first byte lies in it. Lines end with \n, \r\n or \r, as in Hadoop's
 * LineRecordReader; bytes that are no UTF-8 become U+FFFD.
 */
export const readText = (split: TextSplit): Batches =>
  isCompressed(split.path) ? readCompressed(split.path) : readSplit(split)

const readCompressed = (path: string): Batches => {
  let bytes: Buffer
  try {
    bytes = gunzipSync(readFileSync(path))
  } catch (error) {
    throw userError(`${path} cannot be read: ${messageOf(error)}`, error)
  }
  const lines = linesOf(textOf(bytes))
  if (lines.at(-1) === '') lines.pop()
  return ofArray(lines)
}

const readSplit = ({ path, from, to }: TextSplit): Batches => {
  let descriptor: number | undefined
  /** The file's offset of `rest`'s first byte, which is a line's first unless `skipping`. */
  let offset = from === 0 ? 0 : from - 1
  let skipping = from > 0
  let rest: Buffer = Buffer.alloc(0)
  let ended = false

  const read = (): Buffer => {
    // A line that is longer than what was read doubles it.
    const length = Math.max(CHUNK, rest.length)
    const into = Buffer.allocUnsafeSlow(length)
    const count = readSync(descriptor!, into, 0, length, offset + rest.length)
    if (count < length) ended = count === 0
    return into.subarray(0, count)
  }
  /** After the line break that the part in front ends with, or that ends its last line. */
  const afterBreak = (bytes: Buffer): number => {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === NEWLINE) return i + 1
      if (bytes[i] === RETURN && i + 1 < bytes.length) return bytes[i + 1] === NEWLINE ? i + 2 : i + 1
    }
    return -1
  }
  const close = (): undefined => {
    if (descriptor !== undefined && descriptor >= 0) closeSync(descriptor)
    descriptor = -1
    return undefined
  }
  /** The end of the last whole line in `bytes` that may begin before `to`; 0: none yet. */
  const cut = (bytes: Buffer): number => {
    if (ended) return bytes.length
    const limit = bytes.length - 1
    const last = Math.max(
      bytes.lastIndexOf(NEWLINE, limit),
      bytes[limit] === RETURN ? -1 : bytes.lastIndexOf(RETURN, limit - 1),
    )
    return last + 1
  }

  return {
    next: () => {
      if (descriptor === undefined) descriptor = openSync(path, 'r')
      while (descriptor >= 0) {
        const more = read()
        const bytes = rest.length === 0 ? more : Buffer.concat([rest, more])
        rest = bytes
        if (skipping) {
          const start = afterBreak(bytes)
          if (start < 0) {
            if (ended) return close()
            continue
          }
          skipping = false
          rest = bytes.subarray(start)
          offset += start
        }
        if (offset >= to) return close()
        let end = cut(rest)
        if (end === 0 && !ended) continue
        let last = false
        if (offset + end > to) {
          // The line that begins before `to` is ours to its end; what begins at `to` or after is not.
          const line = to === offset ? 0 : afterBreak(rest.subarray(to - 1 - offset))
          if (line >= 0 && to - 1 - offset + line <= end) {
            end = to - 1 - offset + line
            last = true
          } else if (!ended) continue
        }
        const lines = linesOf(textOf(rest.subarray(0, end)))
        if (lines.at(-1) === '') lines.pop()
        offset += end
        rest = rest.subarray(end)
        if (last || (ended && rest.length === 0)) close()
        return lines
      }
      return undefined
    },
  }
}

/** A whole file as text. */
export const wholeText = (path: string): string => {
  const bytes = readFileSync(path)
  const plain = isCompressed(path) ? gunzipSync(bytes) : bytes
  return plain.toString('utf8')
}
