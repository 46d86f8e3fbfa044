import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { readJson, uploadHeader } from '../http-client.ts'
import { sendJson } from '../http-server.ts'
import { PATHS } from '../protocol.ts'
import type { StorageLevel } from '../scheduler/task-body.ts'
import type { BlockStore } from './block-store.ts'

/** Gives blocks to other processes, and takes theirs; false: the path is about something else. */
export const answerStorage = async (
  store: BlockStore,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> => {
  if (path === PATHS.storageGet) {
    const { id } = (await readJson(request)) as { readonly id: string }
    const bytes = await store.bytes(id)
    if (bytes === undefined) sendJson(response, 404, {})
    else {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
      await pipeline(slices(bytes), response)
    }
  } else if (path === PATHS.storagePut) {
    const { id, level } = uploadHeader(request) as { readonly id: string; readonly level: StorageLevel }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    sendJson(response, 200, { kept: await store.putBytes(id, level, Buffer.concat(chunks)) })
  } else if (path === PATHS.storageRemove) {
    const { prefix } = (await readJson(request)) as { readonly prefix: string }
    await store.remove(prefix)
    sendJson(response, 200, {})
  } else return false
  return true
}

const SLICE = 2 ** 18

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE)
}
