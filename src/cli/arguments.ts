import { parseArgs } from 'node:util'
import { nearest } from './nearest.ts'
import { UsageError } from './usage.ts'

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  executors: { type: 'string' },
  timeout: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
} as const

type Name = keyof typeof OPTIONS

const OF_RUN: readonly Name[] = ['executors', 'timeout', 'verbose']

export interface Arguments {
  readonly command: string | undefined
  readonly files: readonly string[]
  readonly help: boolean
  readonly version: boolean
  readonly output: 'text' | 'json'
  /** Undefined: not given. */
  readonly executors: number | undefined
  readonly timeoutSeconds: number | undefined
  readonly verbose: boolean
}

/** Whether JSON is wanted, also where the rest of the words is wrong. */
export const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (word, at) =>
      word === '--output=json' ||
      word === '-ojson' ||
      (word === 'json' && ['-o', '--output'].includes(argv[at - 1] ?? '')),
  )

const outputFormat = (value: string | undefined): 'text' | 'json' => {
  if (value === undefined || value === 'text' || value === 'json') return value ?? 'text'
  throw new UsageError(`--output ${value}: the formats are text and json`)
}

const positiveInteger = (flag: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new UsageError(`${flag} ${value}: give a whole number from 1 on`)
  return number
}

const isName = (name: string): name is Name => Object.hasOwn(OPTIONS, name)

/** What the user typed after `bellows`. Throws UsageError in our own words. */
export const parseArguments = (argv: readonly string[]): Arguments => {
  // Not strict: the words of node:util's own errors speak of its API.
  const { positionals, tokens } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: OPTIONS,
  })
  const [command, ...files] = positionals
  const values = new Map<Name, string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!isName(name)) {
      const close = nearest(name, Object.keys(OPTIONS))
      const meant = close === undefined ? '' : `; did you mean --${close}?`
      throw new UsageError(`there is no option ${rawName}${meant}`, 'bellows --help lists the options.')
    }
    if (OPTIONS[name].type === 'string' && value === undefined) throw new UsageError(`${rawName} needs a value`)
    if (OPTIONS[name].type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value`)
    if ((command === 'validate' || command === 'shell') && OF_RUN.includes(name))
      throw new UsageError(`${rawName} is an option of run, not of ${command}`)
    values.set(name, value ?? '')
  }
  return {
    command,
    files,
    help: values.has('help'),
    version: values.has('version'),
    output: outputFormat(values.get('output')),
    executors: positiveInteger('--executors', values.get('executors')),
    timeoutSeconds: positiveInteger('--timeout', values.get('timeout')),
    verbose: values.has('verbose'),
  }
}
