import { stripTypeScriptTypes } from 'node:module'
import { type REPLServer, Recoverable, start } from 'node:repl'
import type { Readable, Writable } from 'node:stream'
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
  const repl = start({
    input,
    output,
    terminal,
    prompt: terminal ? 'bellows> ' : '',
    writer: shown,
    ignoreUndefined: true,
  })
  Object.assign(repl.context, functions, { spark, functions })
  const evaluate = repl.eval
  const wrapped: typeof evaluate = (code, context, file, done) => {
    const settle = (error: Error | null, value: unknown): void => {
      failed ||= error !== null && !(error instanceof Recoverable)
      done(error === null || error instanceof Recoverable ? error : spoken(error), value)
    }
    if (isSql(code)) runSql(spark, code, output, settle)
    else runTypeScript(code, context, file, repl, evaluate, settle)
  }
  ;(repl as { eval: typeof evaluate }).eval = wrapped
  await new Promise<void>((resolve) => repl.once('exit', resolve))
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
    plain = stripTypeScriptTypes(code)
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

/** People at a prompt want the sentence, not our stack. */
const spoken = (error: Error): Error => {
  if (error.name === 'EngineError' || error.name === 'SqlError') error.stack = error.message
  return error
}
