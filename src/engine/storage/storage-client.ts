import { ask, openRequest } from '../http-client.ts'
import { PATHS } from '../protocol.ts'
import type { StorageLevel } from '../scheduler/task-body.ts'
import type { BlockPeers, BlockStatus } from './block-store.ts'

export interface Peer {
  readonly executor: number
  readonly url: string
}

/** Who is asked about blocks: the driver over HTTP, or, in the driver itself, its own tables. */
export interface BlockDirectory {
  update(status: BlockStatus): Promise<void>
  /** Those that hold the block, but for oneself. */
  locate(id: string): Promise<readonly Peer[]>
  /** Others that may take a copy. */
  peers(): Promise<readonly Peer[]>
}

export const remoteDirectory = (
  driver: { readonly url: string; readonly token: string },
  executor: number,
): BlockDirectory => {
  const post = (path: string, body: unknown) =>
    ask({
      url: `${driver.url}${path}`,
      method: 'POST',
      token: driver.token,
      body: { executor, ...(body as object) },
      idleTimeout: 10_000,
    })
  return {
    update: async (status) => {
      await post(PATHS.storageUpdate, { status })
    },
    locate: async (id) => (await post(PATHS.storageLocate, { id })) as readonly Peer[],
    peers: async () => (await post(PATHS.peers, {})) as readonly Peer[],
  }
}

/** Sends a block to another process, which keeps it if it has room. */
export const sendBlock = async (
  peer: Peer,
  token: string,
  id: string,
  level: StorageLevel,
  bytes: Uint8Array,
): Promise<boolean> => {
  const parts = async function* () {
    yield bytes
  }
  const told = await ask({
    url: `${peer.url}${PATHS.storagePut}`,
    method: 'POST',
    token,
    upload: { header: { id, level }, parts: parts() },
    idleTimeout: 60_000,
  })
  return (told as { readonly kept: boolean }).kept
}

/** Updates go out in the order they happened; a block that nobody can be asked about is nobody's. */
export const blockPeers = (
  directory: BlockDirectory,
  token: string,
  onTrouble: (error: unknown) => void,
): BlockPeers => {
  let told: Promise<void> = Promise.resolve()
  return {
    update: (status) => {
      told = told.then(() => directory.update(status)).catch(onTrouble)
    },
    settled: () => told,
    fetch: async (id) => {
      const holders = await directory.locate(id).catch((error: unknown) => {
        onTrouble(error)
        return []
      })
      for (const { url } of holders) {
        try {
          const answer = await openRequest({
            url: `${url}${PATHS.storageGet}`,
            method: 'POST',
            token,
            body: { id },
            idleTimeout: 60_000,
          })
          const chunks: Buffer[] = []
          for await (const chunk of answer) chunks.push(chunk as Buffer)
          if (answer.statusCode === 200) return Buffer.concat(chunks)
        } catch (error) {
          onTrouble(error)
        }
      }
      return undefined
    },
    replicate: async (id, level, bytes, copies) => {
      let made = 0
      for (const peer of await directory.peers()) {
        if (made === copies) break
        // The copies are not copied again.
        const kept = await sendBlock(peer, token, id, { ...level, replication: 1 }, bytes).catch((error: unknown) => {
          onTrouble(error)
          return false
        })
        if (kept) made++
      }
      return made
    },
  }
}
