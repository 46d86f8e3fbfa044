import { randomUUID } from 'node:crypto'
import type { Conf } from '../../conf.ts'
import type { Engine } from '../../engine.ts'
import { userError } from '../../errors.ts'
import type { PreparedQuery } from '../../query/prepare.ts'
import type { ObjectStore } from '../../sources/s3/list-objects.ts'
import { isHiddenBelow, type ObjectPath, objectPath } from '../../sources/s3/object-path.ts'
import { fileStyle } from '../file-style.ts'
import { fileOutput, produceFiles } from '../produce-files.ts'
import type { PendingObject, SinkValue } from '../sink-output.ts'
import { checkColumns, counted, type WriteTarget, type Written } from '../write-files.ts'

/** Uploads of a job that nobody completed yet, and what may be done with them. */
export interface ObjectJob {
  readonly objects: readonly PendingObject[]
  readonly rows: number
  /** Makes them visible, all or none; on failure what became visible is deleted again. */
  complete(): Promise<void>
  /** Drops every upload of the job that is not completed, also of attempts that were lost. */
  abandon(): Promise<void>
}

/** Runs a query whose tasks upload their files below a prefix without completing them. Throws EngineError. */
export const produceObjects = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: WriteTarget,
  store: ObjectStore,
  { bucket, key: prefix }: ObjectPath,
): Promise<ObjectJob> => {
  const job = randomUUID()
  const { client } = store
  const completed: PendingObject[] = []
  const abandon = async () => {
    for (const { key, upload } of await client.uploads(bucket, prefix))
      if (key.includes(job)) await client.abortUpload({ bucket, key }, upload)
  }
  try {
    const results = await produceFiles(engine, conf, query, target, (partition) => ({
      kind: 'sink',
      sink: { kind: 's3', bucket, prefix, conf: store.conf },
      ...fileOutput(query, target, fileStyle(target.format, target.options), job, partition),
    }))
    const objects = results.flatMap(({ value }) => {
      const made = value as SinkValue | undefined
      return made?.kind === 's3' ? made.objects : []
    })
    return {
      objects,
      rows: results.reduce((sum, { rows }) => sum + rows, 0),
      abandon,
      complete: async () => {
        try {
          for (const object of objects) {
            await client.completeUpload({ bucket, key: object.key }, object.upload, object.parts)
            completed.push(object)
          }
        } catch (error) {
          for (const { key } of completed) await client.delete({ bucket, key }).catch(() => {})
          throw error
        }
      },
    }
  } catch (error) {
    await abandon().catch(() => {})
    throw error
  }
}

/**
 * Writes the rows of a plan below a prefix of a bucket. Attempts upload without completing; the driver completes the
 * uploads of those that counted, then deletes what was there before (overwrite), `_SUCCESS` comes last. No object is
 * copied or renamed. Source of the idea: Hadoop's S3A "magic" committer. Throws EngineError.
 */
export const writeObjects = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: WriteTarget,
): Promise<Written> => {
  const place = objectPath(target.path)
  if (place === undefined) throw userError(`${target.path} names no bucket: write s3a://bucket/path`)
  const root = place.key.replace(/\/+$/, '')
  if (root === '') throw userError(`will not write to the whole bucket ${place.bucket}: name a path in it`)
  checkColumns(query.physical.output, target)
  const prefix = `${root}/`
  const { bucket } = place
  const store = engine.sources.store(conf)
  const { client } = store
  const { log } = engine.options
  const before: string[] = []
  for await (const { key } of client.list(bucket, prefix)) before.push(key)
  if (target.mode === 'ignore' && before.length > 0) {
    log.info(`wrote nothing to ${target.path}: it holds objects already (mode ignore)`)
    return { files: 0, rows: 0, removed: 0 }
  }
  if (target.mode === 'errorifexists' && before.length > 0)
    throw userError(`path ${target.path} already exists: choose mode overwrite, append or ignore`)
  const job = await produceObjects(engine, conf, query, target, store, { bucket, key: prefix })
  try {
    await job.complete()
  } finally {
    await job.abandon().catch(() => {})
  }
  const old = target.mode === 'overwrite' ? before.filter((key) => !isHiddenBelow(key.slice(prefix.length))) : []
  for (const key of old) await client.delete({ bucket, key })
  await client.put({ bucket, key: `${prefix}_SUCCESS` }, new Uint8Array())
  const removed = target.mode === 'overwrite' ? `, removed ${counted(old.length, 'old object')}` : ''
  log.info(`wrote ${counted(job.rows, 'row')} in ${counted(job.objects.length, 'object')} to ${target.path}${removed}`)
  return { files: job.objects.length, rows: job.rows, removed: old.length }
}
