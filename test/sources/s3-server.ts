import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Conf } from '../../src/engine/conf.ts'
import { binary, ensureBinaries } from '../cluster/binaries.ts'
import { freePort, startProcess } from './process.ts'

export interface S3Server {
  readonly endpoint: string
  readonly conf: Conf
  readonly accessKey: string
  readonly secretKey: string
  /** The directory behind a bucket. */
  readonly bucket: (name: string) => Promise<string>
  readonly log: () => string
  stop(): Promise<void>
}

/** A real S3 server (versitygw) over a directory, on loopback. Compiled once, kept in the cache of the tests. */
export const startS3 = async (): Promise<S3Server> => {
  await ensureBinaries(['versitygw'])
  const directory = await mkdtemp(join(tmpdir(), 'bellows-s3-'))
  const [data, meta] = [join(directory, 'data'), join(directory, 'meta')]
  await mkdir(data)
  await mkdir(meta)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const [accessKey, secretKey] = ['AKTESTKEY1234567', 'sEcReT-key-of-the-tests/1']
  const running = await startProcess(
    binary('versitygw', 'versitygw'),
    ['--port', `127.0.0.1:${port}`, '--keep-alive', 'posix', '--sidecar', meta, data],
    { env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey, HOME: directory } },
    async () => (await fetch(endpoint)).status > 0,
  )
  return {
    endpoint,
    accessKey,
    secretKey,
    log: running.output,
    conf: {
      'spark.hadoop.fs.s3a.endpoint': endpoint,
      'spark.hadoop.fs.s3a.access.key': accessKey,
      'spark.hadoop.fs.s3a.secret.key': secretKey,
      'spark.hadoop.fs.s3a.path.style.access': 'true',
    },
    bucket: async (name) => {
      const path = join(data, name)
      await mkdir(path, { recursive: true })
      return path
    },
    stop: async () => {
      await running.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
