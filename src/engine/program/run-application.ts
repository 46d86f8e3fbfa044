import { readFile } from 'node:fs/promises'
import type { Application } from '../application.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import type { Log } from '../log.ts'
import { isUrl, listFiles, normalizePath } from '../sources/list-files.ts'
import { runScript } from '../sql/run-script.ts'

export interface Surroundings {
  /** Leaves one sentence for whoever looks at the ended driver. */
  readonly leaveMessage: (message: string) => void
  readonly log: Log
}

/** Runs what the application is made of; resolves with the driver's exit code. Throws EngineError with the cause. */
export const runApplication = async (
  engine: Engine,
  application: Application,
  around: Surroundings,
): Promise<number> => {
  if (application.type === 'SQL') {
    const script = application.program ?? (await readMain(engine, application.mainApplicationFile ?? ''))
    await runScript(engine, script, { views: new Map(), conf: application.sparkConf }, (text) =>
      process.stdout.write(text),
    )
    return 0
  }
  throw userError(`not yet ${around.log}`)
}

/** The text of a main application file. */
const readMain = async (engine: Engine, file: string): Promise<string> => {
  const path = normalizePath(file.replace(/^local:\/\//, ''))
  if (isUrl(path)) return readFile(await engine.localPath(path), 'utf8')
  await listFiles(path)
  return readFile(path, 'utf8')
}
