import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const CHUNK = 64 * 1024
const POLL_MS = 50

/** The byte where the last `lines` lines of a file begin, or its last `bytes` bytes where that is later. */
const tailStart = async (file: FileHandle, size: number, lines: number, bytes = size): Promise<number> => {
  const floor = Math.max(0, size - bytes)
  const buffer = Buffer.alloc(CHUNK)
  let found = 0
  for (let end = size; end > floor; ) {
    const start = Math.max(floor, end - CHUNK)
    const { bytesRead } = await file.read(buffer, 0, end - start, start)
    for (let index = bytesRead - 1; index >= 0; index--) {
      // The newline that ends the file begins no line.
      if (buffer[index] === 10 && start + index !== size - 1 && ++found === lines) return start + index + 1
    }
    end = start
  }
  return lines === 0 ? size : floor
}

/** The last lines of a file, at most so many lines and bytes. '' where there is no file. */
export const fileTail = async (path: string, lines: number, bytes: number): Promise<string> => {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const start = await tailStart(file, size, lines, bytes)
    const buffer = Buffer.alloc(size - start)
    await file.read(buffer, 0, buffer.length, start)
    return buffer.toString()
  } finally {
    await file.close()
  }
}

export interface LineOptions {
  readonly tailLines?: number | undefined
  readonly limitBytes?: number | undefined
  /** While this gives true, wait for more at the end of the file. */
  readonly more: () => boolean
}

/** The lines of a file that may still grow; a last line without newline comes too, once nothing more can come. */
export async function* fileLines(path: string, options: LineOptions): AsyncGenerator<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    let position = options.tailLines === undefined ? 0 : await tailStart(file, size, options.tailLines)
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY
    let rest = Buffer.alloc(0)
    const buffer = Buffer.alloc(CHUNK)
    for (;;) {
      // Asked before reading: what the writer wrote before it ended is then read for certain.
      const more = options.more()
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, left), position)
      if (bytesRead > 0) {
        position += bytesRead
        left -= bytesRead
        rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
        for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
          yield rest.subarray(0, end).toString()
          rest = rest.subarray(end + 1)
        }
      } else if (more && left > 0) await delay(POLL_MS)
      else break
    }
    if (rest.length > 0) yield rest.toString()
  } finally {
    await file.close()
  }
}
