import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Application, databaseMemory, parseApplication } from '../engine/application.ts'
import type { ExecutorBackend } from '../engine/backend.ts'
import { confBoolean, confBytes, confChoice } from '../engine/conf.ts'
import { Engine } from '../engine/engine.ts'
import { EngineError, messageOf } from '../engine/errors.ts'
import { type Log, lineLog } from '../engine/log.ts'
import { runApplication } from '../engine/program/run-application.ts'
import { DEFAULT_DOWNLOAD_BYTES } from '../engine/sources/download.ts'
import { processSettings } from './process-settings.ts'

const settings = processSettings(process.env)
/** A program may put its own function in its place. */
const exit = process.exit.bind(process)

const makeBackend = async (application: Application, log: Log): Promise<ExecutorBackend | undefined> => {
  const { executors, sparkConf } = application
  const dynamic = confBoolean(sparkConf, 'spark.dynamicAllocation.enabled', false)
  if (executors.instances === 0 && !dynamic) return undefined
  const env = {
    BELLOWS_LOG_LEVEL: confChoice(sparkConf, 'spark.log.level', 'info', ['debug', 'info', 'warn']),
    BELLOWS_MAX_DOWNLOAD_BYTES: String(confBytes(sparkConf, 'spark.bellows.download.maxBytes', DEFAULT_DOWNLOAD_BYTES)),
  }
  const [{ connectFromPod }, { kubernetesExecutorBackend }] = await Promise.all([
    import('./driver-cluster.ts'),
    import('./kubernetes-executor-backend.ts'),
  ])
  return kubernetesExecutorBackend({
    cluster: await connectFromPod(process.env),
    application,
    driver: {
      name: need('BELLOWS_POD_NAME'),
      namespace: need('BELLOWS_POD_NAMESPACE'),
      uid: need('BELLOWS_POD_UID'),
    },
    env,
    log,
  })
}

const need = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`)
  return value
}

/** The head of a message: lists of candidates and the like stay in the log. */
const sentenceOf = (message: string): string => message.split('\n').slice(0, 3).join('\n').slice(0, 2000)

/** False where the file cannot be written: not a pod, or a read-only place. */
const writeTermination = (text: string): boolean => {
  try {
    writeFileSync(process.env.BELLOWS_TERMINATION_LOG ?? '/dev/termination-log', text)
    return true
  } catch {
    return false
  }
}

/** Tells Kubernetes the cause in one sentence; the last line of the log carries it too. */
const leaveMessage = (message: string): void => {
  writeTermination(sentenceOf(message))
}

const toldToStop = (): Promise<number> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        leaveMessage(`the driver was told to stop (${signal})`)
        resolve(signal === 'SIGTERM' ? 143 : 130)
      })
    }
  })

const main = async (): Promise<{ readonly code: number; readonly summary: string | undefined }> => {
  const application = parseApplication(readFileSync(join(settings.confDirectory, 'application.json'), 'utf8'))
  const token = readFileSync(join(settings.confDirectory, 'token'), 'utf8').trim()
  if (token === '') throw new EngineError('user', 'the token of the application is empty')
  const level = confChoice(application.sparkConf, 'spark.log.level', 'info', ['debug', 'info', 'warn'])
  const log = lineLog(
    'driver',
    level,
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const stopped = toldToStop()
  const engine = await Engine.start({
    conf: application.sparkConf,
    application: { id: application.id, name: application.name },
    token,
    host: settings.host,
    backend: await makeBackend(application, log),
    instances: application.executors.instances,
    executorCores: application.executors.cores,
    cores: settings.cores,
    memoryLimit: databaseMemory(settings.memoryMib),
    directory: join(settings.localDirectory, `bellows-${application.id}-${randomUUID().slice(0, 8)}`),
    log,
  })
  let summary: string | undefined
  const leaveSummary = (json: string) => {
    summary = json
  }
  try {
    const run = runApplication(engine, application, { leaveMessage, leaveSummary, log })
    const code = await Promise.race([run, stopped])
    return { code, summary: code === 0 ? summary : undefined }
  } finally {
    await engine.close()
  }
}

main().then(
  ({ code, summary }) => {
    if (summary !== undefined && !writeTermination(summary))
      process.stderr.write('the summary of the result could not be written to the termination message\n')
    exit(code)
  },
  (error: unknown) => {
    const message = messageOf(error)
    leaveMessage(message)
    if (!(error instanceof EngineError)) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`)
    process.stderr.write(`driver failed: ${message}\n`)
    exit(1)
  },
)
