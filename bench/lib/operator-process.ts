import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { loadAll } from 'js-yaml'
import { parseMetrics, type Sample } from './prometheus-text.ts'

interface Manifest {
  readonly kind: string
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } }
  }
}

/** What the Deployment passes to Node, so that what is measured is what is shipped. */
const shippedArgs = (): readonly string[] => {
  const documents = loadAll(readFileSync(join(import.meta.dirname, '../../deploy/operator.yaml'), 'utf8')) as Manifest[]
  const args = documents.find(({ kind }) => kind === 'Deployment')?.spec.template.spec.containers[0]?.args
  if (args === undefined) throw new Error('deploy/operator.yaml has no Deployment with arguments')
  return args
}

export interface OperatorProcess {
  readonly pid: number
  metrics(): Promise<readonly Sample[]>
  stop(): Promise<void>
}

/** The operator as a process of this machine, ready: its caches are synced and it leads. */
export const startOperator = async (env: Readonly<Record<string, string>>): Promise<OperatorProcess> => {
  const child: ChildProcess = spawn(
    process.execPath,
    [...shippedArgs(), '--listen', '127.0.0.1:0', '--no-leader-election'],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the operator ended with ${code} before it was ready`)))
    // The operator says in its log where it listens; everything else of the log is of no interest here.
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = /"port":(\d+)/.exec(line)
      if (found) resolve(Number(found[1]))
    })
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined)
    if (ready?.ok) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    pid: child.pid!,
    metrics: async () => parseMetrics(await (await fetch(`${url}/metrics`)).text()),
    stop: async () => {
      const end = once(child, 'exit')
      child.kill('SIGTERM')
      await end
    },
  }
}
