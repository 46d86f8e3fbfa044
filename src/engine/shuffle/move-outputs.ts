import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ask, uploadHeader } from '../http-client.ts'
import { PATHS } from '../protocol.ts'
import { FrameReader } from './block-frames.ts'
import type { ShuffleStore } from './shuffle-store.ts'

interface MovedOutput {
  readonly shuffle: number
  readonly map: number
  readonly attempt: number
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
}

/** Sends the blocks of one map output to another executor. Throws where it did not take them. */
export const sendOutput = async (
  store: ShuffleStore,
  output: { readonly shuffle: number; readonly map: number; readonly attempt: number },
  peer: { readonly url: string },
  token: string,
): Promise<void> => {
  const directory = store.outputDirectory(output.shuffle, output.map, output.attempt)
  const names = await readdir(directory)
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })),
  )
  const parts = async function* () {
    for (const { name } of files) yield* createReadStream(join(directory, name), { highWaterMark: 2 ** 18 })
  }
  const header: MovedOutput = { ...output, files }
  await ask({
    url: `${peer.url}${PATHS.shufflePut}`,
    method: 'POST',
    token,
    upload: { header, parts: parts() },
    idleTimeout: 60_000,
  })
}

/** Takes over another executor's map output; readers check it against its checksums as ever. */
export const receiveOutput = async (store: ShuffleStore, request: IncomingMessage): Promise<void> => {
  const { shuffle, map, attempt, files } = uploadHeader(request) as MovedOutput
  const target = store.outputDirectory(shuffle, map, attempt)
  const partial = `${target}.partial`
  try {
    await mkdir(partial, { recursive: true })
    const frames = new FrameReader(request)
    for (const { name, bytes } of files) {
      if (!/^(?:\d+|schema)$/.test(name)) throw new Error(`a block cannot be called ${name}`)
      await pipeline(frames.take(bytes), createWriteStream(join(partial, name)))
    }
    await frames.end()
    await rm(target, { recursive: true, force: true })
    await rename(partial, target)
    await store.hold(shuffle, map, attempt)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}
