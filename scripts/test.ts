/**
 * Every test that this machine can run: the quick suite, then the suites that need a real Kubernetes, on a cluster that
 * is brought up for them. Says in one line what was left out and why. In CI nothing may be left out.
 *
 *   npm test                 all
 *   npm test -- --no-cluster only what needs no cluster
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const CLUSTER = 'test'
const scratch = mkdtempSync(join(tmpdir(), 'bellows-test-'))

const run = (
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly capture?: boolean } = {},
): Promise<{ readonly code: number; readonly stdout: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.capture ? 'pipe' : 'inherit', 'inherit'],
    })
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, stdout }))
  })

const vitest = async (project: string, env: Readonly<Record<string, string>> = {}): Promise<Totals> => {
  const report = join(scratch, `${project}.json`)
  const { code } = await run(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { env },
  )
  try {
    const totals = JSON.parse(readFileSync(report, 'utf8')) as {
      readonly numPassedTests: number
      readonly numFailedTests: number
      readonly numPendingTests: number
    }
    // A file that does not load has no failed test, but fails the run.
    const failed = Math.max(totals.numFailedTests, code === 0 ? 0 : 1)
    return { passed: totals.numPassedTests, failed, skipped: totals.numPendingTests }
  } catch (cause) {
    console.error(`vitest left no report for ${project}: ${cause instanceof Error ? cause.message : cause}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const cluster = (args: readonly string[], capture = false) =>
  run(process.execPath, ['test/cluster/main.ts', ...args, '--name', CLUSTER], { capture })

/** Why no cluster can be brought up here; undefined where it can. */
const noCluster = (): string | undefined => {
  if (process.argv.includes('--no-cluster')) return '--no-cluster was given'
  if (process.env.BELLOWS_KUBECONFIG) return undefined
  if (process.env.CI === 'true') return undefined
  if (process.platform !== 'linux') return 'without Docker the local cluster needs Linux'
  if (process.getuid?.() !== 0) return 'without Docker the local cluster needs root'
  return undefined
}

const e2e = async (): Promise<Totals> => {
  const up = await cluster(['up', '--yes'])
  if (up.code !== 0) {
    console.error('The cluster did not come up: its messages are above. `npm test -- --no-cluster` leaves it out.')
    return { passed: 0, failed: 1, skipped: 0 }
  }
  try {
    const load = await cluster(['load', '--build'])
    if (load.code !== 0) return { passed: 0, failed: 1, skipped: 0 }
    const { stdout } = await cluster(['kubeconfig'], true)
    return await vitest('e2e', { BELLOWS_KUBECONFIG: stdout.trim(), BELLOWS_CLUSTER: CLUSTER })
  } finally {
    if (!process.argv.includes('--keep-cluster')) await cluster(['down'])
  }
}

const unit = await vitest('unit')
const reason = noCluster()
const real = reason === undefined ? await e2e() : { passed: 0, failed: 0, skipped: 0 }
rmSync(scratch, { recursive: true, force: true })
if (reason !== undefined)
  console.log(`Left out: the tests on a real cluster (test/api, test/e2e, test/faults): ${reason}.`)
const total: Totals = {
  passed: unit.passed + real.passed,
  failed: unit.failed + real.failed,
  skipped: unit.skipped + real.skipped,
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
