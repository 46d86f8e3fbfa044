import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubeconfigPath, kubectl, kubectlCommand, tmpNamespace, waitFor } from '../cluster/client.ts'
import { example, getJson, installOperator, type Json, scaleOperator, tableIn, untilState } from '../e2e/operator.ts'

const root = join(import.meta.dirname, '../..')
const SEEN_AT_MOST = 40

/** An operator as a process of this machine. `crashAfter`: it kills itself with -9 right after that many writes. */
const startOperator = (namespace: string, crashAfter?: number): ChildProcess =>
  spawn(
    process.execPath,
    [
      join(root, 'src/main/operator.ts'),
      '--namespace',
      namespace,
      '--no-leader-election',
      '--listen',
      '127.0.0.1:0',
      '--log-level',
      'warn',
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        BELLOWS_KUBECONFIG: kubeconfigPath(),
        ...(crashAfter === undefined ? {} : { BELLOWS_CRASH_AFTER_WRITES: String(crashAfter) }),
      },
    },
  )

const ended = (child: ChildProcess): Promise<'SIGKILL' | string> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code))))

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const end = ended(child)
  child.kill('SIGTERM')
  await end
}

/** Uids of every driver pod that ever was: a watch that outlives the operators. */
const watchDrivers = (namespace: string) => {
  const uids = new Set<string>()
  const path = '{.metadata.uid}{"\\n"}'
  const watch = spawn(
    kubectlCommand(),
    [
      '--kubeconfig',
      kubeconfigPath(),
      '-n',
      namespace,
      'get',
      'pods',
      '-l',
      'spark-role=driver',
      '-w',
      '-o',
      `jsonpath=${path}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  watch.stdout.on('data', (chunk: Buffer) => {
    for (const uid of String(chunk).split('\n')) if (uid !== '') uids.add(uid)
  })
  return { uids, stop: () => watch.kill('SIGTERM') }
}

describe('an operator that is killed -9 after its n-th write', () => {
  beforeAll(async () => {
    await installOperator()
    await scaleOperator(0)
  })
  afterAll(() => scaleOperator(1))

  it('always ends in exactly one driver and the right result, for every n', async () => {
    let expected: unknown
    let crashed = true
    let n = 0
    const tried: number[] = []
    while (crashed && n < SEEN_AT_MOST) {
      n += 1
      const namespace = await tmpNamespace()
      const drivers = watchDrivers(namespace.name)
      let operator = startOperator(namespace.name, n)
      const firstEnd = ended(operator)
      try {
        await applyYaml(example('weather-sql.yaml'), { namespace: namespace.name })
        const outcome = await Promise.race([
          firstEnd,
          untilState(namespace.name, 'weather-sql', ['COMPLETED', 'FAILED'], 120_000).then(() => 'done'),
        ])
        crashed = outcome === 'SIGKILL'
        if (crashed) {
          tried.push(n)
          operator = startOperator(namespace.name)
        }
        const app = await untilState(namespace.name, 'weather-sql', ['COMPLETED'], 120_000)
        const pods = (await getJson(namespace.name, 'pods', '-l', 'spark-role=driver')).items as Json[]
        expect(pods, `drivers after a crash at write ${n}`).toHaveLength(1)
        await waitFor(async () => drivers.uids.size >= 1, { timeoutMs: 10_000, what: 'the watch of drivers' })
        expect(drivers.uids.size, `drivers that ever were, crash at write ${n}`).toBe(1)
        expect(app.status.executionAttempts).toBe(1)
        const table = tableIn(await kubectl(['-n', namespace.name, 'logs', 'weather-sql-driver']))
        expect(table.length).toBeGreaterThan(1)
        expected ??= table
        expect(table, `result after a crash at write ${n}`).toEqual(expected)
      } finally {
        drivers.stop()
        await stop(operator)
        await namespace.remove()
      }
    }
    expect(crashed, 'the last n must be larger than the number of writes').toBe(false)
    // Secret, driver pod and at least two writes of status: fewer means that the fault was not injected.
    expect(tried.length).toBeGreaterThanOrEqual(4)
    console.log(
      `crashed after each of ${tried.length} writes in turn; every run ended with one driver and the same result`,
    )
  }, 1_500_000)
})
