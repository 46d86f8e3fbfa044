import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Application } from '../application.ts'
import type { Engine } from '../engine.ts'
import type { Log } from '../log.ts'
import { runScript } from '../query/run-script.ts'
import { SessionRows } from '../query/session-rows.ts'
import { type RunResults, summaryText } from '../result-summary.ts'
import { isUrl, listFiles, normalizePath } from '../sources/list-files.ts'
import { runProgram } from './run-program.ts'

export interface Surroundings {
  /** Leaves one sentence for whoever looks at the ended driver. */
  readonly leaveMessage: (message: string) => void
  /** Leaves JSON on what a run that went well has brought. */
  readonly leaveSummary: (json: string) => void
  readonly log: Log
}

/** Runs what the application is made of; resolves with the driver's exit code. Throws EngineError with the cause. */
export const runApplication = async (
  engine: Engine,
  application: Application,
  around: Surroundings,
): Promise<number> => {
  let results: RunResults = { written: [] }
  const leaveSummary = () => {
    const summary = summaryText(results)
    if (summary !== undefined) around.leaveSummary(summary)
  }
  switch (application.type) {
    case 'SQL': {
      const script = application.program ?? (await readFile(await mainPath(engine, application), 'utf8'))
      const start = { views: new Map(), conf: application.sparkConf }
      await runScript(engine, script, start, new SessionRows(), {
        print: (text) => process.stdout.write(text),
        shown: (rows) => {
          results = { ...results, shown: rows }
        },
        wrote: (files) => {
          results = { ...results, written: [...results.written, files] }
        },
      })
      leaveSummary()
      return 0
    }
    case 'TypeScript':
    case 'JavaScript': {
      const host = {
        engine: Promise.resolve(engine),
        appName: application.name,
        conf: application.sparkConf,
        directory: engine.scratchPath('session'),
        log: around.log,
        own: false,
        setResult: (json: string) => {
          results = { ...results, value: json }
        },
      }
      const path = await mainPath(engine, application)
      const inline = application.program !== undefined
      const end = await runProgram(path, application.arguments, host, around.log, inline)
      if (end.stack !== undefined) process.stderr.write(`${end.stack}\n`)
      if (end.message !== undefined) {
        around.leaveMessage(end.message)
        process.stderr.write(`driver failed: ${end.message}\n`)
      }
      if (end.exitCode === 0) leaveSummary()
      return end.exitCode
    }
  }
}

/** A local file with the program; an inline one is written beside the engine's other scratch files. */
const mainPath = async (engine: Engine, application: Application): Promise<string> => {
  if (application.program !== undefined) {
    const path = engine.scratchPath(`program/program.${application.type === 'TypeScript' ? 'ts' : 'js'}`)
    await mkdir(dirname(path), { recursive: true })
    // The nearest package.json decides what a .js file is: programs are modules.
    await writeFile(engine.scratchPath('program/package.json'), '{"type":"module"}\n')
    await writeFile(path, application.program)
    return path
  }
  const path = normalizePath((application.mainApplicationFile ?? '').replace(/^local:\/\//, ''))
  if (isUrl(path)) return engine.localPath(path)
  await listFiles(path)
  return path
}
