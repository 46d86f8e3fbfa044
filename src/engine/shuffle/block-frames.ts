import type { BlockLocation } from '../protocol.ts'

/** What a reader asks for: blocks by their numbers, in the order they are wanted. */
export interface BlocksWanted {
  readonly shuffle: number
  readonly blocks: readonly Pick<BlockLocation, 'map' | 'attempt' | 'partition'>[]
}

/** Before each block: its length as 8 bytes, big-endian; −1 says that the block is not there. */
export const FRAME_BYTES = 8

export const frameHead = (bytes: number): Buffer => {
  const head = Buffer.alloc(FRAME_BYTES)
  head.writeBigInt64BE(BigInt(bytes))
  return head
}

/** Reads exact numbers of bytes from a stream, without ever holding more than one chunk. */
export class FrameReader {
  private readonly chunks: AsyncIterator<Buffer>
  private rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** The length of the next block; throws where the stream ends too early. */
  async head(): Promise<number> {
    const parts: Buffer[] = []
    for await (const part of this.take(FRAME_BYTES)) parts.push(part)
    return Number(Buffer.concat(parts).readBigInt64BE())
  }

  async *take(bytes: number): AsyncGenerator<Buffer> {
    let left = bytes
    while (left > 0) {
      if (this.rest.length === 0) {
        const next = await this.chunks.next()
        if (next.done === true) throw new Error('the connection ended in the middle of a block')
        this.rest = next.value
      }
      const part = this.rest.subarray(0, left)
      this.rest = this.rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  /** The stream ends here; its connection can be used again. */
  async end(): Promise<void> {
    if (this.rest.length > 0 || (await this.chunks.next()).done !== true)
      throw new Error('more bytes than were asked for')
  }
}
