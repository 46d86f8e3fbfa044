import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { provideHost, type SessionHost, sessionStopped, settleSession } from '../dataframe/spark-session.ts'
import { messageOf, userError } from '../errors.ts'
import type { Log } from '../log.ts'

export interface ProgramEnd {
  readonly exitCode: number
  /** One sentence with the cause, where the program did not end well. */
  readonly message: string | undefined
  /** For the log. */
  readonly stack: string | undefined
}

/** Stops the code that called process.exit; the exit itself follows once the engine is closed. */
class ExitRequested extends Error {
  override readonly name = 'ExitRequested'
}

const ENGINE = pathToFileURL(join(import.meta.dirname, '..', 'index.ts')).href

/** Lets programs import the engine by its name, from wherever they lie; an inline one has nothing beside it. */
const resolveImports = (inlineUrl: string | undefined): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'bellows') return { url: ENGINE, format: 'module-typescript', shortCircuit: true }
      try {
        return next(specifier, context)
      } catch (error) {
        if (inlineUrl === undefined || context.parentURL !== inlineUrl) throw error
        const kind = /^(\.{0,2}\/|\w+:)/.test(specifier) ? 'module' : 'package'
        throw userError(
          `Cannot find ${kind} '${specifier}': an inline program is one file; ` +
            'put it into mainApplicationFile to import neighbours and packages',
          error,
        )
      }
    },
  })
}

/** Where in the program an error arose: `program.ts:3:7`. */
const positionOf = (error: unknown, path: string): string | undefined => {
  const url = pathToFileURL(path).href
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const line of stack.split('\n')) {
    for (const place of [url, path]) {
      const at = line.indexOf(`${place}:`)
      if (at < 0) continue
      const position = /^\d+(?::\d+)?/.exec(line.slice(at + place.length + 1))?.[0]
      if (position !== undefined) return `${path.split('/').at(-1)}:${position}`
    }
  }
  return undefined
}

const failure = (error: unknown, path: string): ProgramEnd => {
  const kind = error instanceof Error && error.name !== 'EngineError' && error.name !== 'Error' ? `${error.name}: ` : ''
  const position = positionOf(error, path)
  return {
    exitCode: 1,
    message: `the program failed: ${kind}${messageOf(error)}${position === undefined ? '' : ` (${position})`}`,
    stack: error instanceof Error ? error.stack : undefined,
  }
}

const LINGERING_MS = 5000

/**
 * Runs a program in this process, as Node would: its module is loaded, then everything it started is waited for, until
 * nothing is left to do or the session is stopped. `inline`: the file was written for this run, alone. Takes over process.exit, uncaught errors and unhandled rejections.
 */
export const runProgram = (
  path: string,
  args: readonly string[],
  host: SessionHost,
  log: Log,
  inline = false,
): Promise<ProgramEnd> => {
  resolveImports(inline ? pathToFileURL(path).href : undefined)
  process.argv = [process.execPath, path, ...args]
  return new Promise((resolve) => {
    let loaded = false
    const ended = (exitCode: number, message?: string) => resolve({ exitCode, message, stack: undefined })
    const endedWell = () => {
      const exitCode = Number(process.exitCode ?? 0)
      ended(exitCode, exitCode === 0 ? undefined : `the program set the exit code ${exitCode}`)
    }
    const failed = (error: unknown) => {
      if (!(error instanceof ExitRequested)) resolve(failure(error, path))
    }
    provideHost({ ...host, onStop: () => loaded && endedWell() })
    process.exit = ((code?: number | string | null) => {
      const exitCode = Number(code ?? process.exitCode ?? 0)
      ended(exitCode, exitCode === 0 ? undefined : `the program called process.exit(${exitCode})`)
      throw new ExitRequested(`process.exit(${exitCode})`)
    }) as typeof process.exit
    process.on('uncaughtException', failed)
    process.on('unhandledRejection', failed)
    process.once('beforeExit', () => {
      if (loaded) endedWell()
      else ended(13, 'the program waits for a promise that nothing will settle (a top-level await)')
    })
    const linger = () =>
      log.warn(`the program has come to its end, but waits for: ${process.getActiveResourcesInfo().join(', ')}`)
    import(pathToFileURL(path).href).then(settleSession).then(() => {
      loaded = true
      if (sessionStopped()) setImmediate(endedWell)
      else setTimeout(linger, LINGERING_MS).unref()
    }, failed)
  })
}
