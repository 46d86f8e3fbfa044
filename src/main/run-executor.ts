import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { databaseMemory } from '../engine/application.ts'
import { BODY_HANDLERS } from '../engine/body-handlers.ts'
import { messageOf } from '../engine/errors.ts'
import { lineLog } from '../engine/log.ts'
import { runExecutor } from '../engine/runner/executor-process.ts'
import { processSettings } from './process-settings.ts'

/** The process of one executor: everything it needs comes by environment, its secret by file. */
const need = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`)
  return value
}

const DRIVER_TIMEOUT_MS = 20_000

const main = async (): Promise<void> => {
  const id = Number(need('BELLOWS_EXECUTOR_ID'))
  const level = process.env.BELLOWS_LOG_LEVEL
  const log = lineLog(
    `executor ${id}`,
    level === 'debug' || level === 'warn' ? level : 'info',
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const settings = processSettings(process.env)
  const why = await runExecutor(
    {
      id,
      driverUrl: need('BELLOWS_DRIVER_URL'),
      token: readFileSync(join(settings.confDirectory, 'token'), 'utf8').trim(),
      host: settings.host,
      cores: settings.cores,
      memoryLimit: databaseMemory(settings.memoryMib),
      directory: join(settings.localDirectory, `bellows-executor-${id}-${process.pid}`),
      maxDownloadBytes: Number(need('BELLOWS_MAX_DOWNLOAD_BYTES')),
      driverTimeout: DRIVER_TIMEOUT_MS,
      handlers: BODY_HANDLERS,
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
