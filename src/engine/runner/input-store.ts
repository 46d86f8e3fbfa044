import { createWriteStream } from 'node:fs'
import { access, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { infrastructureError } from '../errors.ts'
import { openRequest } from '../http-client.ts'
import { PATHS } from '../protocol.ts'
import type { BodyInput } from '../scheduler/task-body.ts'
import { download } from '../sources/download.ts'

/** Gets the data that a task names into local files. */
export interface InputStore {
  localPath(input: BodyInput & { readonly kind: 'url' | 'block' }): Promise<string>
}

export interface InputStoreOptions {
  readonly directory: string
  readonly maxDownloadBytes: number
  /** Where blocks come from; absent in the driver, which has them as files. */
  readonly driver?: { readonly url: string; readonly token: string }
}

/** Each input is fetched once for the life of the process; tasks that want the same one wait for the same fetch. */
export const inputStore = (options: InputStoreOptions): InputStore => {
  const fetched = new Map<string, Promise<string>>()
  const once = (key: string, fetch: () => Promise<string>): Promise<string> => {
    const known = fetched.get(key)
    if (known !== undefined) return known
    const made = fetch()
    fetched.set(key, made)
    made.catch(() => fetched.delete(key))
    return made
  }
  return {
    localPath: (input) =>
      input.kind === 'url'
        ? once(input.url, () => download(input.url, join(options.directory, 'downloads'), options.maxDownloadBytes))
        : once(input.block, () => block(options, input.block, input.path)),
  }
}

/** A process on the driver's machine reads the driver's file; others fetch a copy. */
const block = async (options: InputStoreOptions, id: string, path: string): Promise<string> => {
  const here = await access(path).then(
    () => true,
    () => false,
  )
  if (here) return path
  if (options.driver === undefined) throw infrastructureError(`block ${id} is gone`)
  const directory = join(options.directory, 'blocks')
  await mkdir(directory, { recursive: true })
  const target = join(directory, `${id}.parquet`)
  const answer = await openRequest({
    url: `${options.driver.url}${PATHS.block}${id}`,
    method: 'GET',
    token: options.driver.token,
  })
  if (answer.statusCode !== 200) {
    answer.resume()
    throw infrastructureError(`the driver answered ${answer.statusCode} for block ${id}`)
  }
  await pipeline(answer, createWriteStream(`${target}.partial`))
  await rename(`${target}.partial`, target)
  return target
}
