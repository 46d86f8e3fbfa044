import { createReadStream } from 'node:fs'
import { crc32 } from 'node:zlib'

/** Size and CRC-32 of a file. */
export const fileChecksum = async (path: string): Promise<{ readonly bytes: number; readonly crc: number }> => {
  let bytes = 0
  let crc = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    bytes += chunk.length
    crc = crc32(chunk, crc)
  }
  return { bytes, crc }
}
