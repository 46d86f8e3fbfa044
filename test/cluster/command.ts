import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type CommandOptions = {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Show the command's own output as it comes, for the steps that take minutes. */
  readonly show?: boolean
}

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end and gives what it said, whatever its exit code. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', options.show ? 2 : 'pipe', options.show ? 2 : 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin?.on('error', () => {}) // a command may end without reading its input
  child.stdin?.end(options.input ?? '')
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    return { code: code ?? 128, stdout, stderr: signal === null ? stderr : `${stderr}ended by ${signal}` }
  } catch (cause) {
    throw new Error(`cannot start ${command}: is it installed and on PATH?`, { cause })
  }
}

/** Runs a command to its end; anything but exit code 0 is an error that carries what it said. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, args, options)
  if (result.code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-15).join('\n')
    throw new Error(`${command} ${args.slice(0, 6).join(' ')} ended with ${result.code}`, { cause: new Error(said) })
  }
  return result.stdout
}

export async function onPath(command: string): Promise<boolean> {
  return (await attempt('sh', ['-c', 'command -v -- "$1"', 'sh', command])).code === 0
}

const started = Date.now()

/** One line a step, on stderr so that stdout keeps only what a script asked for. */
export function progress(text: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6)
  process.stderr.write(`${seconds}s  ${text}\n`)
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
