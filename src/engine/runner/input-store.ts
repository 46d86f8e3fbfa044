import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { infrastructureError } from '../errors.ts'
import type { BodyInput } from '../scheduler/task-body.ts'
import type { SinkOutput, SinkValue } from '../sinks/sink-output.ts'
import { download } from '../sources/download.ts'
import type { SourceInput } from '../sources/source-input.ts'
import type { SourceReader } from './source-reader.ts'

/** Gets the data that a task names into local files. */
export interface InputStore {
  localPath(input: BodyInput & { readonly kind: 'url' | 'block' }): Promise<string>
  /** The same for sources; what is for one task alone goes into `scratch`. In use until `release`. */
  acquire(input: SourceInput, scratch: string): Promise<string>
  release(input: SourceInput): Promise<void>
  /** Brings all files below a directory where a sink says. */
  deliver(sink: SinkOutput, directory: string): Promise<SinkValue>
  /** A block that nobody will name again. */
  forget(block: string): Promise<void>
}

export interface InputStoreOptions {
  readonly directory: string
  readonly maxDownloadBytes: number
  /** Known once the settings of the application are. */
  readonly sources: () => Promise<SourceReader>
  /** Where blocks come from; absent in the driver, which has them as files. */
  readonly broadcasts?: { fetch(id: string): Promise<string>; forget(id: string): Promise<void> }
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
    acquire: async (input, scratch) => (await options.sources()).acquire(input, scratch),
    release: async (input) => (await options.sources()).release(input),
    deliver: async (sink, directory) => (await options.sources()).deliver(sink, directory),
    forget: async (id) => {
      const known = fetched.get(id)
      fetched.delete(id)
      await known?.catch(() => {})
      await options.broadcasts?.forget(id)
    },
  }
}

/** A process on the driver's machine reads the driver's file (its directory's name is the driver's alone); others fetch a copy. */
const block = async (options: InputStoreOptions, id: string, path: string): Promise<string> => {
  const here = await access(path).then(
    () => true,
    () => false,
  )
  if (here) return path
  if (options.broadcasts === undefined) throw infrastructureError(`block ${id} is gone`)
  return options.broadcasts.fetch(id)
}
