import type { Conf } from '../../conf.ts'
import { userError } from '../../errors.ts'
import type { SourceFile } from '../list-files.ts'
import { globPattern, hasGlob, isHiddenBelow, literalPrefix, objectPath, objectUrl } from './object-path.ts'
import type { FoundObject, S3Client } from './s3-client.ts'

/** A client, and the settings that other processes need to make one like it. */
export interface ObjectStore {
  readonly client: S3Client
  /** Empty: those of the application. */
  readonly conf: Conf
}

export const objectFile = (store: ObjectStore, bucket: string, { key, bytes, etag }: FoundObject): SourceFile => ({
  path: objectUrl({ bucket, key }),
  bytes,
  input: {
    kind: 's3',
    bucket,
    key,
    etag,
    bytes,
    ...(Object.keys(store.conf).length === 0 ? {} : { conf: store.conf }),
  },
})

/**
 * The objects a path stands for: one object, all below a prefix that ends with a name, or a glob.
 * Throws EngineError where there is nothing, naming the path.
 */
export const listObjects = async (store: ObjectStore, path: string): Promise<readonly SourceFile[]> => {
  const { client } = store
  const place = objectPath(path)
  if (place === undefined) throw userError(`${path} names no bucket: write s3a://bucket/path`)
  const { bucket } = place
  const key = place.key.replace(/\/+$/, '')
  if (!hasGlob(key) && key !== '') {
    const one = await client.head({ bucket, key })
    if (one !== undefined && !place.key.endsWith('/')) return [objectFile(store, bucket, one)]
  }
  const pattern = globPattern(key)
  const prefix = hasGlob(key) ? literalPrefix(key) : key === '' ? '' : `${key}/`
  const files: SourceFile[] = []
  let seen = 0
  for await (const found of client.list(bucket, prefix)) {
    const below = key === '' ? found.key : pattern.exec(found.key)?.[1]
    if (key !== '' && !pattern.test(found.key)) continue
    seen++
    if (found.key.endsWith('/') || isHiddenBelow((below ?? '').replace(/^\//, ''))) continue
    files.push(objectFile(store, bucket, found))
  }
  if (files.length > 0) return files
  throw userError(
    seen === 0
      ? `Path does not exist: ${path} (no object at ${client.place(bucket).endpoint} begins with that name)`
      : `${path} holds no data files (names that begin with _ or . do not count)`,
  )
}
