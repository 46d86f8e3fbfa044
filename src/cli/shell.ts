import { stripTypeScriptTypes } from 'node:module'
import { createInterface } from 'node:readline'
import { type REPLServer, Recoverable, start } from 'node:repl'
import { PassThrough, type Readable, Transform, type Writable } from 'node:stream'
import { inspect } from 'node:util'
import type { Context } from 'node:vm'
import { DataFrame, functions, SparkSession } from '../engine/index.ts'

export interface ShellStreams {
  readonly input: Readable
  readonly output: Writable
  readonly terminal: boolean
}

const WELCOME = `SQL statements end with ; and everything else is TypeScript: spark is the session, await works.
For instance:  select 1 + 1;    or    await spark.range(10).show()      .help lists commands, .exit leaves.
`

/** An interactive session: SQL and TypeScript, all cores of this machine. Resolves with the exit code when it is left. */
export const shellCommand = async ({ input, output, terminal }: ShellStreams): Promise<number> => {
  const spark = SparkSession.builder().appName('shell').getOrCreate()
  if (terminal) output.write(WELCOME)
  let failed = false
  let evaluated = (): void => {}
  // Lines of a file come faster than they are run, and the prompt must not close before the last has run.
  const lines = terminal ? input : new PassThrough()
  const prompt = terminal ? 'bellows> ' : ''
  // What is thrown at the top does not come back from the evaluation: the prompt itself tells it, as «Uncaught …».
  const told = new Transform({
    transform(chunk, _, done) {
      if (/^Uncaught\b/m.test(String(chunk))) {
        failed = true
        evaluated()
      }
      done(null, chunk)
    },
  })
  told.pipe(output, { end: false })
  const shownAt = terminal ? output : told
  const repl = start({ input: lines, output: shownAt, terminal, prompt, writer: shown, ignoreUndefined: true })
  Object.assign(repl.context, functions, { spark, functions })
  const evaluate = repl.eval
  const wrapped: typeof evaluate = (code, context, file, done) => {
    const settle = (error: Error | null, value: unknown): void => {
      if (error === null || error instanceof Recoverable) done(error, value)
      else {
        failed = true
        output.write(`${spoken(error)}\n`)
        done(null, undefined)
      }
      evaluated()
    }
    if (isSql(code)) runSql(spark, code, output, settle)
    else runTypeScript(code, context, file, repl, evaluate, settle)
  }
  ;(repl as { eval: typeof evaluate }).eval = wrapped
  const left = new Promise<void>((resolve) => repl.once('exit', resolve))
  if (lines instanceof PassThrough) {
    let statement = ''
    for await (const line of createInterface({ input })) {
      if (line.trim() === '') continue
      if (statement !== '' || isSql(line)) {
        statement += `${line}\n`
        if (!/;\s*$/.test(line)) continue
        await new Promise<void>((resolve) => {
          runSql(spark, statement, output, (error) => {
            failed ||= error !== null
            if (error !== null) output.write(`${spoken(error)}\n`)
            resolve()
          })
        })
        statement = ''
        continue
      }
      const settled = new Promise<void>((resolve) => {
        evaluated = resolve
      })
      lines.write(`${line}\n`)
      // Commands such as .exit are not evaluated.
      if (!line.startsWith('.')) await settled
    }
    lines.end()
  }
  await left
  await spark.stop()
  return failed && !terminal ? 1 : 0
}

const KEYWORDS =
  /^\s*(?:select|with|from|values|create|drop|show|describe|desc|explain|insert|set|reset|use|cache|uncache|clear|refresh|table)\b(?!\s*[=.(:])/i

export const isSql = (code: string): boolean => KEYWORDS.test(code)

type Done = (error: Error | null, value: unknown) => void

const runSql = (spark: SparkSession, code: string, output: Writable, done: Done): void => {
  if (!/;\s*$/.test(code)) {
    done(new Recoverable(new SyntaxError('a statement ends with ;')), undefined)
    return
  }
  spark
    .script(code, (text) => output.write(text))
    .then(
      () => done(null, undefined),
      (error: unknown) => done(asError(error), undefined),
    )
}

const runTypeScript = (
  code: string,
  context: Context,
  file: string,
  repl: REPLServer,
  evaluate: REPLServer['eval'],
  done: Done,
): void => {
  let plain = code
  try {
    plain = withoutWarning(() => stripTypeScriptTypes(code))
  } catch {
    // Unfinished or wrong: the plain evaluation tells which.
  }
  evaluate.call(repl, plain, context, file, done)
}

const shown = (value: unknown): string =>
  value instanceof DataFrame
    ? 'DataFrame: await .show() prints it, await .printSchema() its columns'
    : inspect(value, { colors: false })

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** People at a prompt want the sentence, not our stack; their own errors keep theirs. */
const spoken = (error: Error): string =>
  error.name === 'EngineError' || error.name === 'SqlError' ? error.message : (error.stack ?? error.message)

/** Node calls the stripping of types experimental on standard error, which helps nobody at a prompt. */
const withoutWarning = <T>(run: () => T): T => {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return run()
  } finally {
    process.emitWarning = emitWarning
  }
}
