import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readJson } from '../http-client.ts'
import { type HttpServer, sendBytes, sendJson, startServer } from '../http-server.ts'
import { PATHS } from '../protocol.ts'
import { Broadcasts } from './broadcast.ts'
import { BroadcastClient } from './broadcast-client.ts'

const CHUNK = 1000
const TOKEN = 'secret'

describe('a file of the driver, fetched by executors', () => {
  let directory: string
  let broadcasts: Broadcasts
  let driver: HttpServer
  const executors: { readonly client: BroadcastClient; readonly server: HttpServer }[] = []
  let fromDriver: number
  let corrupt: (executor: number) => boolean

  const driverAnswer = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const body = (await readJson(request)) as { block: string; executor: number; chunk: number; url: string }
    if (path === PATHS.broadcastInfo) {
      const info = await broadcasts.info(body.block, body.executor)
      sendJson(response, info === undefined ? 404 : 200, info ?? {})
    } else if (path === PATHS.broadcastHave) {
      broadcasts.has(body.block, body.executor, body.url, body.chunk)
      sendJson(response, 200, (await broadcasts.info(body.block, body.executor))?.holders ?? [])
    } else {
      fromDriver++
      sendBytes(response, await broadcasts.chunk(body.block, body.chunk))
    }
  }

  const addExecutor = async (executor: number): Promise<BroadcastClient> => {
    const server: HttpServer = await startServer({
      token: TOKEN,
      host: '127.0.0.1',
      handle: async (request, response) => {
        const { block, chunk } = (await readJson(request)) as { block: string; chunk: number }
        const bytes = await client.serve(block, chunk)
        if (bytes !== undefined && corrupt(executor)) bytes[0] = 255 - (bytes[0] ?? 0)
        sendBytes(response, bytes)
      },
    })
    const client: BroadcastClient = new BroadcastClient({
      executor,
      directory: join(directory, `executor-${executor}`),
      driver: { url: driver.url, token: TOKEN },
      url: () => server.url,
    })
    executors.push({ client, server })
    return client
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-broadcast-'))
    broadcasts = new Broadcasts(CHUNK)
    fromDriver = 0
    corrupt = () => false
    driver = await startServer({ token: TOKEN, host: '127.0.0.1', handle: driverAnswer })
    const rows = Array.from({ length: 400 }, (_, row) => createHash('sha256').update(String(row)).digest('hex'))
    await writeFile(join(directory, 'rows'), rows.join(''))
    broadcasts.share('b', join(directory, 'rows'))
  })

  afterEach(async () => {
    for (const { server } of executors.splice(0)) await server.close()
    await driver.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('comes in chunks, mostly from each other', async () => {
    const clients = await Promise.all([1, 2, 3].map(addExecutor))
    const first = await clients[0]?.fetch('b')
    const chunks = fromDriver
    expect(chunks).toBe(Math.ceil((400 * 64) / CHUNK))
    const others = await Promise.all(clients.slice(1).map((client) => client.fetch('b')))
    const expected = await readFile(join(directory, 'rows'))
    for (const path of [first, ...others]) expect((await readFile(path ?? '')).equals(expected)).toBe(true)
    expect(fromDriver).toBe(chunks)
  })

  it('does not believe a peer whose chunk has another checksum', async () => {
    const [one, two] = await Promise.all([1, 2].map(addExecutor))
    await one?.fetch('b')
    const before = fromDriver
    corrupt = (executor) => executor === 1
    const path = await two?.fetch('b')
    expect((await readFile(path ?? '')).equals(await readFile(join(directory, 'rows')))).toBe(true)
    expect(fromDriver).toBe(2 * before)
  })

  it('takes the driver where a peer is gone', async () => {
    const [one, two] = await Promise.all([1, 2].map(addExecutor))
    await one?.fetch('b')
    await executors[0]?.server.close()
    const path = await two?.fetch('b')
    expect((await readFile(path ?? '')).equals(await readFile(join(directory, 'rows')))).toBe(true)
  })

  it('is an error when the driver has forgotten it, and leaves nothing behind', async () => {
    const client = await addExecutor(1)
    const path = await client.fetch('b')
    await client.forget('b')
    await expect(readFile(path)).rejects.toThrow('ENOENT')
    expect(broadcasts.forget('b')).toEqual([1])
    await expect(client.fetch('b')).rejects.toThrow('the driver does not give its file b')
  })
})
