import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { infrastructureError, messageOf } from '../errors.ts'
import { ask, openRequest } from '../http-client.ts'
import { PATHS } from '../protocol.ts'
import { type BroadcastInfo, type ChunkHolder, readChunk } from './broadcast.ts'

export interface BroadcastClientOptions {
  readonly executor: number
  readonly directory: string
  readonly driver: { readonly url: string; readonly token: string }
  /** Where others fetch chunks from this process; known once its server is up. */
  readonly url: () => string
}

interface Local {
  readonly path: string
  readonly chunkSize: number
  readonly have: Set<number>
}

/**
 * Files of the driver, fetched chunk by chunk, each from an executor that has it already, or from the driver; what is
 * here is served to others at once. So the driver sends a file about once, however many executors want it.
 */
export class BroadcastClient {
  private readonly options: BroadcastClientOptions
  private readonly local = new Map<string, Local>()

  constructor(options: BroadcastClientOptions) {
    this.options = options
  }

  /** The path of the complete file. Throws EngineError. */
  async fetch(id: string): Promise<string> {
    const { executor, directory } = this.options
    const info = await this.tell<BroadcastInfo>(PATHS.broadcastInfo, { block: id }).catch((error: unknown) => {
      throw infrastructureError(`the driver does not give its file ${id}: ${messageOf(error)}`, error)
    })
    await mkdir(directory, { recursive: true })
    const target = join(directory, `${id}.parquet`)
    const partial = `${target}.partial`
    const local: Local = { path: partial, chunkSize: info.chunkSize, have: new Set() }
    this.local.set(id, local)
    const file = await open(partial, 'w')
    try {
      const count = info.checksums.length
      let holders = info.holders
      for (let step = 0; step < count; step++) {
        // Each begins elsewhere, so that they have something to give to each other.
        const chunk = (step + ((executor * 7919) % count)) % count
        const bytes = await this.chunk(id, chunk, info, holders)
        await file.write(bytes, 0, bytes.length, chunk * info.chunkSize)
        local.have.add(chunk)
        holders = await this.tell<readonly ChunkHolder[]>(PATHS.broadcastHave, {
          block: id,
          chunk,
          url: this.options.url(),
        })
      }
    } catch (error) {
      this.local.delete(id)
      await file.close()
      await rm(partial, { force: true })
      throw error
    }
    await file.close()
    await rename(partial, target)
    this.local.set(id, { ...local, path: target })
    return target
  }

  /** What this process has of it, for others. */
  async serve(id: string, chunk: number): Promise<Buffer | undefined> {
    const local = this.local.get(id)
    return local?.have.has(chunk) ? readChunk(local.path, chunk, local.chunkSize) : undefined
  }

  async forget(id: string): Promise<void> {
    const local = this.local.get(id)
    this.local.delete(id)
    if (local !== undefined) await rm(local.path, { force: true })
  }

  private async chunk(
    id: string,
    chunk: number,
    info: BroadcastInfo,
    holders: readonly ChunkHolder[],
  ): Promise<Buffer> {
    const having = holders.filter(({ chunks }) => chunks.includes(chunk))
    const peer = having[(this.options.executor + chunk) % Math.max(1, having.length)]
    const { driver } = this.options
    for (const url of peer === undefined ? [driver.url] : [peer.url, driver.url]) {
      const bytes = await this.read(url, id, chunk).catch((error: unknown) => {
        if (url === driver.url)
          throw infrastructureError(`the driver's file ${id} cannot be fetched: ${messageOf(error)}`, error)
        return undefined
      })
      if (bytes !== undefined && crc32(bytes) === info.checksums[chunk]) return bytes
    }
    throw infrastructureError(`chunk ${chunk} of the driver's file ${id} is corrupt: its checksum differs`)
  }

  private async read(url: string, id: string, chunk: number): Promise<Buffer | undefined> {
    const answer = await openRequest({
      url: `${url}${PATHS.broadcastChunk}`,
      method: 'POST',
      token: this.options.driver.token,
      body: { block: id, chunk },
      idleTimeout: 30_000,
    })
    const parts: Buffer[] = []
    for await (const part of answer) parts.push(part as Buffer)
    if (answer.statusCode === 200) return Buffer.concat(parts)
    if (url === this.options.driver.url) throw new Error(`it answered ${answer.statusCode}`)
    return undefined
  }

  private async tell<T>(path: string, body: object): Promise<T> {
    const { driver, executor } = this.options
    const sent = { executor, ...body }
    return (await ask({
      url: `${driver.url}${path}`,
      method: 'POST',
      token: driver.token,
      body: sent,
      idleTimeout: 30_000,
    })) as T
  }
}
