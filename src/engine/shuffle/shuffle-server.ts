import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { readJson } from '../http-client.ts'
import { type BlocksWanted, frameHead } from './block-frames.ts'
import type { ShuffleStore } from './shuffle-store.ts'

/** Sends blocks one after the other, as fast as the reader takes them; what is not there is said, not an error. */
export const serveBlocks = async (
  store: ShuffleStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { shuffle, blocks } = (await readJson(request)) as BlocksWanted
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  await pipeline(blockStream(store, shuffle, blocks), response)
}

async function* blockStream(
  store: ShuffleStore,
  shuffle: number,
  blocks: BlocksWanted['blocks'],
): AsyncGenerator<Buffer> {
  for (const { map, attempt, partition } of blocks) {
    const path = store.path(shuffle, map, attempt, partition)
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    )
    yield frameHead(size)
    if (size > 0) yield* createReadStream(path, { end: size - 1, highWaterMark: 2 ** 18 })
  }
}
