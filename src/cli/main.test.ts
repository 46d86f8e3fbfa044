import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const LAUNCHER = join(import.meta.dirname, '../../bin/bellows.mjs')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellows-cli-test-'))
  mkdirSync(join(directory, 'scratch'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const start = (...args: readonly string[]) => {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd: directory,
    env: { ...process.env, TMPDIR: join(directory, 'scratch') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text
  })
  const ended = new Promise<number | NodeJS.Signals | null>((done) =>
    child.once('close', (code, signal) => done(signal ?? code)),
  )
  return { child, said, ended }
}

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain')
    await delay(20)
  }
}

const script = (source: string): string => `
apiVersion: bellows.dev/v1alpha1
kind: PipelineRun
metadata: { name: r }
spec:
  pipelineSpec:
    tasks:
      - name: t
        script: { interpreter: bash, source: ${JSON.stringify(source)} }
`

/** A run whose only task sleeps; gives the pid of that task's process. */
const startSleeper = async () => {
  const pidFile = join(directory, 'pid')
  const run = start(
    'run',
    write('sleeper.yaml', script(`echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; sleep 600`)),
  )
  await until(() => existsSync(pidFile))
  return { ...run, pid: Number(readFileSync(pidFile, 'utf8')) }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const isClean = (): boolean => readdirSync(join(directory, 'scratch')).every((name) => !name.startsWith('bellows-'))

describe('bin/bellows.mjs', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGQUIT', 130],
    ['SIGHUP', 'SIGHUP'],
  ] as const)('passes %s on, for a clean end with %s', async (signal, end) => {
    const { child, said, ended, pid } = await startSleeper()
    child.kill(signal)
    expect(await ended).toBe(end)
    expect(said.stderr).toContain('Interrupted')
    await until(() => !isAlive(pid) && isClean())
  })

  it.skipIf(process.platform !== 'linux')(
    'does not take one Ctrl-C of a terminal, which reaches both processes, for two',
    async () => {
      const { child, said, ended } = await startSleeper()
      const [cli] = childrenOf(child)
      process.kill(cli!, 'SIGINT')
      child.kill('SIGINT')
      expect(await ended).toBe(130)
      expect(said.stderr).toContain('Interrupted')
    },
  )

  it.skipIf(process.platform !== 'linux')('does not take a Ctrl-C that npm repeats for a second one', async () => {
    const { child, said, ended } = await startSleeper()
    const [cli] = childrenOf(child)
    process.kill(cli!, 'SIGINT')
    process.kill(cli!, 'SIGTERM')
    expect(await ended).toBe(130)
    expect(said.stderr).toContain('Interrupted')
  })

  it('takes everything with it when it is killed', async () => {
    const { child, pid } = await startSleeper()
    child.kill('SIGKILL')
    await until(() => !isAlive(pid) && isClean())
  })
})

const childrenOf = ({ pid }: ChildProcess): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)

it('ends quietly and cleanly when nobody reads its output any more', async () => {
  const { child, said, ended } = start('run', write('many.yaml', script('seq 1 200000')))
  child.stdout.destroy()
  expect(await ended).toBe(141)
  expect(said.stderr).not.toMatch(/EPIPE|\n {4}at /)
  await until(isClean)
})

describe('--output json', () => {
  const document = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { said, ended } = start(...args, '--output', 'json')
    expect(await ended).toBe(2)
    return JSON.parse(said.stdout) as Record<string, unknown>
  }

  it('is one document for wrong usage too', async () => {
    expect(await document('run')).toMatchObject({
      succeeded: false,
      error: { message: 'bellows run needs at least one FILE' },
    })
    expect(await document('run', '--nonsense')).toMatchObject({ error: { message: 'there is no option --nonsense' } })
  })

  it('holds what is wrong with manifests one by one', async () => {
    const path = write('a.yaml', script('true').replace('tasks:', 'taks:'))
    expect(await document('run', path)).toMatchObject({
      succeeded: false,
      error: { findings: [{ source: path, field: 'spec.pipelineSpec.taks' }, {}] },
    })
  })
})

describe('logs', () => {
  it('come while a task still runs, under its name, and only once', async () => {
    const go = join(directory, 'go')
    const path = write('live.yaml', script(`echo first; until [ -e ${go} ]; do sleep 0.05; done; echo last; exit 3`))
    const { said, ended } = start('run', path)
    await until(() => said.stdout === '[t] first\n')
    writeFileSync(go, '')
    expect(await ended).toBe(1)
    expect(said.stdout).toBe('[t] first\n[t] last\n')
    expect(said.stderr.match(/exit code 3/gi)).toHaveLength(2)
  })

  it('carry the name of the object where there are several', async () => {
    const files = ['one', 'two'].map((name) =>
      write(`${name}.yaml`, script(`echo from ${name}`).replace('name: r', `name: ${name}`)),
    )
    const { said, ended } = start('run', ...files)
    expect(await ended).toBe(0)
    expect(said.stdout.trim().split('\n').toSorted()).toEqual(['[one/t] from one', '[two/t] from two'])
  })
})

it('tells what is suspended how to go on', async () => {
  const path = write('a.yaml', `${script('true')}  suspend: true\n`)
  const { said, ended } = start('run', path)
  expect(await ended).toBe(1)
  expect(said.stderr).toContain('set spec.suspend to false')
})
