import { open, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { S3Client, UploadedPart } from '../../sources/s3/s3-client.ts'
import type { PendingObject } from '../sink-output.ts'

/** S3 takes at most 10,000 parts of at least 5 MiB (the last may be smaller). */
const PART_BYTES = 16 * 2 ** 20
const MOST_PARTS = 10_000

/** Uploads all files below a directory without completing any; what failed is aborted. Throws EngineError. */
export const uploadFiles = async (
  client: S3Client,
  bucket: string,
  prefix: string,
  directory: string,
): Promise<readonly PendingObject[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const done: PendingObject[] = []
  try {
    for (const path of paths.toSorted())
      done.push(await uploadFile(client, bucket, `${prefix}${relative(directory, path)}`, path))
    return done
  } catch (error) {
    for (const { key, upload } of done) await client.abortUpload({ bucket, key }, upload).catch(() => {})
    throw error
  }
}

const uploadFile = async (client: S3Client, bucket: string, key: string, path: string): Promise<PendingObject> => {
  const place = { bucket, key }
  const bytes = (await stat(path)).size
  const size = Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS))
  const upload = await client.startUpload(place)
  const file = await open(path)
  try {
    const parts: UploadedPart[] = []
    for (let at = 0; at < bytes || parts.length === 0; at += size) {
      const chunk = new Uint8Array(Math.min(size, bytes - at))
      await file.read(chunk, 0, chunk.length, at)
      parts.push(await client.uploadPart(place, upload, parts.length + 1, chunk))
    }
    return { key, upload, parts, bytes }
  } catch (error) {
    await client.abortUpload(place, upload).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}
