import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, databaseMemory, parseApplication } from '../engine/application.ts'
import type { ExecutorBackend } from '../engine/backend.ts'
import { confBytes, confChoice } from '../engine/conf.ts'
import { Engine } from '../engine/engine.ts'
import { EngineError, messageOf } from '../engine/errors.ts'
import { type Log, lineLog } from '../engine/log.ts'
import { processExecutorBackend } from '../engine/process-executor-backend.ts'
import { runApplication } from '../engine/program/run-application.ts'

const confDirectory = process.env.BELLOWS_CONF_DIR ?? '/etc/bellows'

const executorEnvironment = (application: Application): Readonly<Record<string, string>> => ({
  BELLOWS_CONF_DIR: confDirectory,
  BELLOWS_EXECUTOR_CORES: String(application.executor.cores),
  BELLOWS_EXECUTOR_MEMORY_BYTES: String(application.executor.memoryBytes),
  BELLOWS_MAX_DOWNLOAD_BYTES: String(confBytes(application.sparkConf, 'spark.bellows.download.maxBytes', 4 * 2 ** 30)),
})

const makeBackend = async (
  application: Application,
  directory: string,
  log: Log,
): Promise<ExecutorBackend | undefined> => {
  if (application.executor.instances === 0) return undefined
  const env = executorEnvironment(application)
  if (process.env.BELLOWS_EXECUTOR_BACKEND === 'process') {
    return processExecutorBackend({
      script: join(import.meta.dirname, 'executor.ts'),
      env,
      directory: (id) => join(directory, `executor-${id}`),
    })
  }
  const { inClusterExecutorBackend } = await import('./kubernetes-executor-backend.ts')
  return inClusterExecutorBackend(application, env, log)
}

/** Tells Kubernetes the cause in one sentence; where the file cannot be written the log has it too. */
const leaveMessage = (message: string): void => {
  try {
    writeFileSync(process.env.BELLOWS_TERMINATION_LOG ?? '/dev/termination-log', message.slice(0, 4000))
  } catch {
    // Not a pod, or a read-only place: the last line of the log carries the message.
  }
}

const main = async (): Promise<number> => {
  const application = parseApplication(readFileSync(join(confDirectory, 'application.json'), 'utf8'))
  const token = readFileSync(join(confDirectory, 'token'), 'utf8').trim()
  if (token === '') throw new EngineError('user', 'the token of the application is empty')
  const level = confChoice(application.sparkConf, 'spark.log.level', 'info', ['debug', 'info', 'warn'])
  const log = lineLog(
    'driver',
    level,
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const directory = join(
    process.env.BELLOWS_LOCAL_DIR ?? tmpdir(),
    `bellows-${application.appId}-${randomUUID().slice(0, 8)}`,
  )
  const engine = await Engine.start({
    conf: application.sparkConf,
    token,
    host: process.env.BELLOWS_POD_IP || '127.0.0.1',
    backend: await makeBackend(application, directory, log),
    instances: application.executor.instances,
    executorCores: application.executor.cores,
    cores: application.driver.cores,
    memoryLimit: databaseMemory(application.driver.memoryBytes),
    directory,
    log,
  })
  const end = new Promise<number>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        leaveMessage(`the driver was told to stop (${signal})`)
        resolve(143)
      })
    }
  })
  try {
    return await Promise.race([runApplication(engine, application, { leaveMessage, log }), end])
  } finally {
    await engine.close()
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = messageOf(error)
    leaveMessage(message)
    process.stderr.write(
      `${error instanceof EngineError ? '' : `${error instanceof Error ? error.stack : ''}\n`}driver failed: ${message}\n`,
    )
    process.exit(1)
  },
)
