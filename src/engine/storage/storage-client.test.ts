import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpServer, sendJson, startServer } from '../http-server.ts'
import type { StorageLevel } from '../scheduler/task-body.ts'
import { BlockLocations } from './block-locations.ts'
import { BlockStore } from './block-store.ts'
import { MemoryManager } from './memory-manager.ts'
import { type BlockDirectory, blockPeers } from './storage-client.ts'
import { answerStorage } from './storage-server.ts'

const LEVEL: StorageLevel = { memory: true, disk: false, deserialized: true, replication: 1 }
const TOKEN = 'secret'

describe('persisted blocks of several executors', () => {
  let directory: string
  let locations: BlockLocations
  const servers = new Map<number, HttpServer>()
  const troubles: unknown[] = []

  const addExecutor = async (executor: number): Promise<BlockStore> => {
    const others = (ids: Iterable<number>) =>
      [...ids].filter((id) => id !== executor).map((id) => ({ executor: id, url: servers.get(id)?.url ?? '' }))
    const tables: BlockDirectory = {
      update: async (status) => locations.update(executor, status),
      locate: async (id) => others(locations.holders(id)),
      peers: async () => others(servers.keys()),
    }
    const memory = new MemoryManager({ budget: 2 ** 26, storageFraction: 0.5, setDatabaseLimit: async () => {} })
    const peers = blockPeers(tables, TOKEN, (error) => troubles.push(error))
    const store = new BlockStore({ directory: join(directory, String(executor)), memory, peers })
    const server = await startServer({
      token: TOKEN,
      host: '127.0.0.1',
      handle: async (request, response, path) => {
        if (!(await answerStorage(store, request, response, path))) sendJson(response, 404, {})
      },
    })
    servers.set(executor, server)
    return store
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-peers-'))
    locations = new BlockLocations()
    troubles.length = 0
  })

  afterEach(async () => {
    for (const server of servers.values()) await server.close()
    servers.clear()
    await rm(directory, { recursive: true, force: true })
  })

  it('a block is read from whoever holds it', async () => {
    const [one, two] = await Promise.all([addExecutor(1), addExecutor(2)])
    const content = Buffer.alloc(700_000, 'block')
    await one.put('rdd_0_0', LEVEL, ['values'], () => content)
    expect(locations.holders('rdd_0_0')).toEqual([1])
    const got = await two.get('rdd_0_0')
    expect(got?.kind === 'bytes' && content.equals(got.bytes)).toBe(true)
    await one.remove('rdd_0_')
    expect(await two.get('rdd_0_0')).toBeUndefined()
  })

  it('a replicated block outlives its executor', async () => {
    const [one, two] = await Promise.all([addExecutor(1), addExecutor(2), addExecutor(3)])
    await one.put('rdd_0_0', { ...LEVEL, replication: 2 }, ['values'], () => Buffer.from('x'))
    const holders = locations.holders('rdd_0_0')
    expect(holders).toHaveLength(2)
    await servers.get(1)?.close()
    locations.loseExecutor(1)
    expect(locations.holdsAny(1)).toBe(false)
    expect(await two.get('rdd_0_0')).toEqual({ kind: 'bytes', bytes: Buffer.from('x') })
  })

  it('a block of an executor that does not answer is nowhere, and that is said', async () => {
    const [one, two] = await Promise.all([addExecutor(1), addExecutor(2)])
    await one.put('rdd_0_0', LEVEL, ['values'], () => Buffer.from('x'))
    await servers.get(1)?.close()
    expect(await two.get('rdd_0_0')).toBeUndefined()
    expect(troubles).toHaveLength(1)
  })
})
