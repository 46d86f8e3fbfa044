import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseMemory } from '../engine/application.ts'
import { messageOf } from '../engine/errors.ts'
import { lineLog } from '../engine/log.ts'
import { runExecutor } from '../engine/runner/executor-process.ts'

/** The process of one executor: everything it needs comes by environment, its secret by file. */
const need = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`)
  return value
}

const main = async (): Promise<void> => {
  const id = Number(need('BELLOWS_EXECUTOR_ID'))
  const log = lineLog(
    `executor ${id}`,
    process.env.BELLOWS_LOG_LEVEL === 'debug' ? 'debug' : 'info',
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  if (process.env.BELLOWS_PARENT_PIPE === '1') {
    process.stdin.on('close', () => stop.abort()).on('error', () => stop.abort())
    process.stdin.resume()
  }
  const confDirectory = process.env.BELLOWS_CONF_DIR ?? '/etc/bellows'
  const why = await runExecutor(
    {
      id,
      driverUrl: need('BELLOWS_DRIVER_URL'),
      token: readFileSync(join(confDirectory, 'token'), 'utf8').trim(),
      host: process.env.BELLOWS_POD_IP || '127.0.0.1',
      cores: Number(process.env.BELLOWS_EXECUTOR_CORES ?? 1),
      memoryLimit: databaseMemory(Number(process.env.BELLOWS_EXECUTOR_MEMORY_BYTES ?? 2 ** 30)),
      directory: process.env.BELLOWS_EXECUTOR_DIR ?? join(process.env.BELLOWS_LOCAL_DIR ?? tmpdir(), `executor-${id}`),
      maxDownloadBytes: Number(process.env.BELLOWS_MAX_DOWNLOAD_BYTES ?? 4 * 2 ** 30),
      driverTimeout: 20_000,
      log,
    },
    stop.signal,
  )
  log.info(`ends: ${why}`)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`executor: ${messageOf(error)}\n`)
    process.exit(1)
  },
)
