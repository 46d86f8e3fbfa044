import { open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { infrastructureError } from '../errors.ts'

/** What an executor must know to fetch a file of the driver in chunks. */
export interface BroadcastInfo {
  readonly bytes: number
  readonly chunkSize: number
  /** CRC-32 of each chunk. */
  readonly checksums: readonly number[]
  readonly holders: readonly ChunkHolder[]
}

/** An executor that has some of the chunks already. */
export interface ChunkHolder {
  readonly url: string
  readonly chunks: readonly number[]
}

interface Shared {
  readonly path: string
  /** Made when it is asked for the first time: most files are read where they lie. */
  summary: Promise<{ readonly bytes: number; readonly checksums: readonly number[] }> | undefined
  readonly holders: Map<number, { readonly url: string; readonly chunks: Set<number> }>
}

/** Bytes of chunk `number` of a file; fewer at its end. */
export const readChunk = async (path: string, number: number, chunkSize: number): Promise<Buffer> => {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(chunkSize)
    const { bytesRead } = await file.read(buffer, 0, chunkSize, number * chunkSize)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Files of the driver that executors fetch, and who has which chunk of them. Source: Spark's TorrentBroadcast. */
export class Broadcasts {
  private readonly chunkSize: number
  private readonly shared = new Map<string, Shared>()

  constructor(chunkSize: number) {
    this.chunkSize = chunkSize
  }

  share(id: string, path: string): void {
    this.shared.set(id, { path, summary: undefined, holders: new Map() })
  }

  /** Executors that may have chunks of it. */
  forget(id: string): readonly number[] {
    const holders = [...(this.shared.get(id)?.holders.keys() ?? [])]
    this.shared.delete(id)
    return holders
  }

  loseExecutor(executor: number): void {
    for (const { holders } of this.shared.values()) holders.delete(executor)
  }

  async info(id: string, executor: number): Promise<BroadcastInfo | undefined> {
    const shared = this.shared.get(id)
    if (shared === undefined) return undefined
    shared.summary ??= summarize(shared.path, this.chunkSize)
    const { bytes, checksums } = await shared.summary
    const holders = [...shared.holders]
      .filter(([holder]) => holder !== executor)
      .map(([, { url, chunks }]) => ({ url, chunks: [...chunks] }))
    return { bytes, checksums, chunkSize: this.chunkSize, holders }
  }

  has(id: string, executor: number, url: string, chunk: number): void {
    const holders = this.shared.get(id)?.holders
    const holder = holders?.get(executor) ?? { url, chunks: new Set<number>() }
    holder.chunks.add(chunk)
    holders?.set(executor, holder)
  }

  async chunk(id: string, number: number): Promise<Buffer | undefined> {
    const shared = this.shared.get(id)
    return shared === undefined ? undefined : readChunk(shared.path, number, this.chunkSize)
  }
}

const summarize = async (
  path: string,
  chunkSize: number,
): Promise<{ readonly bytes: number; readonly checksums: readonly number[] }> => {
  const { size } = await stat(path).catch((error: unknown) => {
    throw infrastructureError(`the driver has lost its file ${path}`, error)
  })
  const checksums: number[] = []
  for (let at = 0; at * chunkSize < size; at++) checksums.push(crc32(await readChunk(path, at, chunkSize)))
  return { bytes: size, checksums }
}
