import { readFileSync } from 'node:fs'
import { parseArguments, wantsJson } from './arguments.ts'
import { Endings } from './endings.ts'
import { isProgram } from './load-manifests.ts'
import { nearest } from './nearest.ts'
import { runCommand } from './run.ts'
import { shellCommand } from './shell.ts'
import { EXIT, UsageError } from './usage.ts'
import { validateCommand } from './validate.ts'

const HELP = `Bellows: Spark-like applications and Airflow-like pipelines.

Usage:
  bellows run FILE...        run manifests or programs here, without a cluster
  bellows validate FILE...   check manifests and their pipelines, offline
  bellows shell              SQL and TypeScript at a prompt, with all cores of this machine
  bellows version            or --version

FILE is a manifest (*.yaml, *.yml, *.json), a folder of them (validate: and its subfolders), or a program
(*.sql, *.ts, *.mts, *.js, *.mjs).

Options of run:
  --executors N      executors for a program that is given as a file (default 1)
  --output FORMAT    text (default) or json: one JSON document on standard output, for scripts
  --timeout SECONDS  give up after so long (default: never)
  -v, --verbose      the operator's log on standard error

Options of validate:
  --output FORMAT    text (default) or json

Exit code: 0 everything succeeded, 1 something failed, 2 wrong usage or an invalid manifest, 130 interrupted,
141 when the reader of the output has gone.
Examples: examples/demo in the repository, or: bellows run query.sql`

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string })
    .version

const main = async (argv: readonly string[]): Promise<number> => {
  const { command, files, help, version: versionWanted, output, executors, ...options } = parseArguments(argv)
  if (versionWanted || command === 'version') {
    console.log(version())
    return EXIT.ok
  }
  if (help || command === 'help' || command === undefined) {
    console.log(HELP)
    return command === undefined && !help ? EXIT.usage : EXIT.ok
  }
  const needFiles = (): readonly string[] => {
    if (files.length === 0)
      throw new UsageError(`bellows ${command} needs at least one FILE`, `Try: bellows ${command} examples/demo`)
    return files
  }
  switch (command) {
    case 'run':
      if (executors !== undefined && files.length > 0 && !files.some(isProgram))
        console.error('bellows: --executors is not used: it is for programs; a manifest says spec.executor.instances')
      return runCommand(needFiles(), { ...options, output, executors: executors ?? 1, endings })
    case 'validate':
      return validateCommand(needFiles(), { output })
    case 'shell':
      if (files.length > 0)
        throw new UsageError(
          'bellows shell takes no FILE',
          'bellows run FILE runs a program; the shell reads standard input.',
        )
      return shellCommand({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY === true })
    default: {
      const close = nearest(command, ['run', 'validate', 'shell', 'version', 'help'])
      const meant = close === undefined ? '' : `; did you mean ${close}?`
      throw new UsageError(`there is no command "${command}"${meant}`, 'bellows --help lists the commands.')
    }
  }
}

/** Says what went wrong to people; with --output json also as the one document that scripts wait for. */
const report = (error: unknown): number => {
  const isUsage = error instanceof UsageError
  const { message, hint, findings } = isUsage
    ? error
    : { message: error instanceof Error ? error.message : String(error), hint: undefined, findings: [] }
  console.error(
    isUsage
      ? `bellows: ${message}${hint === undefined ? '' : `\n${hint}`}`
      : error instanceof Error
        ? error.stack
        : error,
  )
  if (wantsJson(process.argv)) {
    const told = { message, ...(hint === undefined ? {} : { hint }), ...(findings.length > 0 ? { findings } : {}) }
    console.log(JSON.stringify({ succeeded: false, error: told }, null, 2))
  }
  return isUsage ? EXIT.usage : EXIT.failed
}

const endings = new Endings()
endings.listen()
const code = await main(process.argv.slice(2)).catch(report)
// An output that broke at the last words is told of only now.
process.exitCode = endings.exitCode ?? code
