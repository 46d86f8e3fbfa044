import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpServer, startServer } from '../http-server.ts'
import type { BlockSource, FetchPlan } from '../protocol.ts'
import type { BlockInfo } from '../scheduler/scheduling.ts'
import { FetchFailed } from './fetch-failed.ts'
import { ShuffleClient } from './shuffle-client.ts'
import { serveBlocks } from './shuffle-server.ts'
import { ShuffleStore } from './shuffle-store.ts'

const TOKEN = 'secret'

describe('ShuffleClient', () => {
  let directory: string
  let store: ShuffleStore
  let server: HttpServer
  let requests: number
  let waits: number[]
  let breakAt: number | undefined
  let blocks: readonly (readonly BlockInfo[])[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-fetch-'))
    store = new ShuffleStore(join(directory, 'blocks-1'))
    requests = 0
    waits = []
    breakAt = undefined
    server = await startServer({
      token: TOKEN,
      host: '127.0.0.1',
      handle: async (request, response) => {
        requests++
        if (requests === breakAt) response.socket?.destroy()
        else await serveBlocks(store, request, response)
      },
    })
    blocks = await Promise.all([0, 1, 2].map((map) => writeOutput(map, [`map ${map} a`, `map ${map} b`.repeat(1000)])))
  })

  afterEach(async () => {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  })

  const writeOutput = async (map: number, contents: readonly string[]): Promise<readonly BlockInfo[]> => {
    const writer = await store.writer(0, map, 0, contents.length)
    for (const [partition, content] of contents.entries()) {
      await writeFile(writer.path(partition), content)
      await writer.done(partition, 1)
    }
    return (await writer.commit()).blocks
  }

  /** `directory` of the source is elsewhere, so that blocks come over the network. */
  const plan = (more: Partial<BlockSource> = {}): FetchPlan => ({
    token: '',
    shuffle: 0,
    sources: [
      {
        executor: 1,
        url: server.url,
        directory: '/not/here',
        blocks: blocks.flatMap((outputs, map) =>
          outputs.map(({ bytes, crc }, partition) => ({ map, attempt: 0, partition, bytes, crc })),
        ),
        ...more,
      },
    ],
  })

  const client = (maxBytesInFlight = 2 ** 20) =>
    new ShuffleClient({
      token: TOKEN,
      maxBytesInFlight,
      maxRetries: 2,
      retryWait: 10,
      idleTimeout: 5000,
      verify: true,
      wait: async (milliseconds) => {
        waits.push(milliseconds)
      },
      clock: () => 0,
    })

  const fetch = (wanted: FetchPlan, maxBytes?: number) =>
    client(maxBytes).fetch(wanted, join(directory, 'in'), new AbortController().signal)

  const contents = (paths: readonly string[]) => Promise.all(paths.map((path) => readFile(path, 'utf8')))

  it('gets many blocks with one request, in the order of maps and partitions', async () => {
    const got = await fetch(plan())
    expect((await contents(got.paths)).map((text) => text.slice(0, 7))).toEqual([
      'map 0 a',
      'map 0 b',
      'map 1 a',
      'map 1 b',
      'map 2 a',
      'map 2 b',
    ])
    expect([requests, got.remoteBlocks, got.localBlocks]).toEqual([1, 6, 0])
    expect((await fetch(plan(), 8000)).remoteBytes).toBe(got.remoteBytes)
    expect(requests).toBeGreaterThan(3)
  })

  it('reads blocks where they lie when they are on this machine, and they outlive their executor', async () => {
    const got = await fetch(plan({ directory: store.directory, url: 'http://127.0.0.1:1' }))
    expect([got.localBlocks, requests]).toEqual([6, 0])
    await store.release(0)
    expect(await readdir(store.directory)).toEqual([])
    expect((await contents(got.paths))[2]).toBe('map 1 a')
  })

  it('tries again after a broken connection, with growing waits, and goes on where it was', async () => {
    breakAt = 1
    expect((await fetch(plan())).remoteBlocks).toBe(6)
    expect(waits).toEqual([10])
  })

  it('a refused connection is a failure of all that was wanted from there', async () => {
    const refused = fetch(plan({ url: 'http://127.0.0.1:1' }))
    await expect(refused).rejects.toThrow(/shuffle 0 could not be fetched from executor 1: .*ECONNREFUSED/)
    const error = (await refused.catch((thrown: unknown) => thrown)) as FetchFailed
    expect(error.outputs.map(({ map }) => map)).toEqual([0, 1, 2])
    expect(waits).toEqual([10, 20])
  })

  it('a block that is gone, or another than it should be, is a failure of its map output alone', async () => {
    await store.discard(0, 1, 0)
    const gone = await fetch(plan()).catch((thrown: unknown) => thrown)
    expect(gone).toBeInstanceOf(FetchFailed)
    expect(gone).toMatchObject({ executor: 1, outputs: [{ map: 1, attempt: 0 }] })
    await writeFile(store.path(0, 0, 0, 0), 'mop 0 a')
    const corrupt = await fetch(plan()).catch((thrown: unknown) => thrown)
    expect(corrupt).toMatchObject({ outputs: [{ map: 0, attempt: 0 }] })
    expect((corrupt as FetchFailed).message).toContain('is corrupt: its checksum differs')
    const local = await fetch(plan({ directory: store.directory })).catch((thrown: unknown) => thrown)
    expect((local as FetchFailed).message).toContain('is corrupt')
    expect(waits).toEqual([])
  })

  it('an output that was written but not committed cannot be read, and abort leaves nothing', async () => {
    const writer = await store.writer(0, 7, 0, 1)
    await writeFile(writer.path(0), 'half')
    expect(store.list().some(({ map }) => map === 7)).toBe(false)
    await writer.abort()
    expect(await readdir(join(store.directory, 'shuffle-0'))).toEqual(['0-0', '1-0', '2-0'])
  })

  it('an output that arrives after its shuffle was released goes at once', async () => {
    const writer = await store.writer(0, 8, 0, 1)
    await store.release(0)
    await writeFile(writer.path(0), 'late').catch(() => {})
    await expect(writer.commit()).rejects.toThrow('ENOENT')
    const late = await store.writer(0, 9, 0, 1)
    await writeFile(late.path(0), 'late')
    await late.done(0, 1)
    await late.commit()
    expect(await readdir(store.directory)).toEqual([])
  })
})
