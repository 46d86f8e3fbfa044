import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Endings } from './endings.ts'
import { runCommand } from './run.ts'
import { EXIT, UsageError } from './usage.ts'
import { validateCommand } from './validate.ts'

const HELP = `Bellows: Spark-like applications and Airflow-like pipelines.

Usage:
  bellows run FILE...        run manifests or programs here, without a cluster
  bellows validate FILE...   check manifests against the schema, offline
  bellows version

FILE is a manifest (*.yaml, *.yml, *.json), a folder of them, or a program (*.sql, *.ts, *.js).

Options of run:
  --executors N      executors for a program that is given as a file (default 1)
  --output FORMAT    text (default) or json: one JSON document on standard output, for scripts
  --timeout SECONDS  give up after so long (default: never)
  -v, --verbose      the operator's log on standard error

Options of validate:
  --output FORMAT    text (default) or json

Exit code: 0 everything succeeded, 1 something failed, 2 wrong usage or an invalid manifest, 130 interrupted.
Examples: examples/demo in the repository, or: bellows run query.sql`

const outputFormat = (value: string | undefined): 'text' | 'json' => {
  if (value === undefined || value === 'text' || value === 'json') return value ?? 'text'
  throw new UsageError(`--output ${value}: the formats are text and json`)
}

const positiveInteger = (flag: string, value: string | undefined, fallback: number): number => {
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new UsageError(`${flag} ${value}: give a whole number from 1 on`)
  return number
}

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string })
    .version

const main = async (argv: readonly string[]): Promise<number> => {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (cause) {
    throw new UsageError(
      cause instanceof Error ? cause.message : String(cause),
      'bellows --help lists the options.',
      cause,
    )
  }
  const { values, positionals } = parsed
  const [command, ...files] = positionals
  if (values.help || command === 'help' || command === undefined) {
    console.log(HELP)
    return command === undefined && !values.help ? EXIT.usage : EXIT.ok
  }
  const output = outputFormat(values.output)
  const needFiles = (): readonly string[] => {
    if (files.length === 0)
      throw new UsageError(`bellows ${command} needs at least one FILE`, 'Try: bellows run examples/demo')
    return files
  }
  switch (command) {
    case 'run':
      return runCommand(needFiles(), {
        output,
        executors: positiveInteger('--executors', values.executors, 1),
        timeoutSeconds: values.timeout === undefined ? undefined : positiveInteger('--timeout', values.timeout, 1),
        verbose: values.verbose ?? false,
        endings,
      })
    case 'validate':
      return validateCommand(needFiles(), { output })
    case 'version':
      console.log(version())
      return EXIT.ok
    default:
      throw new UsageError(`there is no command "${command}"`, 'bellows --help lists the commands.')
  }
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      output: { type: 'string', short: 'o' },
      executors: { type: 'string' },
      timeout: { type: 'string' },
      verbose: { type: 'boolean', short: 'v' },
    },
  })

const endings = new Endings()
endings.listen()
try {
  const code = await main(process.argv.slice(2))
  // An output that broke at the last words is told of only now.
  process.exitCode = endings.exitCode ?? code
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`bellows: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`)
  process.exitCode = EXIT.usage
}
