import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, ensureBinaries } from './binaries.ts'
import { kubectl, waitFor } from './client.ts'
import { type SimulatedPods, stages } from './kwok-stages.ts'

export type KwokOptions = SimulatedPods & {
  readonly kubeconfig: string
  readonly nodes: number
  /** Keep pods that do not tolerate `kwok.x-k8s.io/node` off the simulated nodes, where real ones stand beside them. */
  readonly tainted?: boolean
}

export type Kwok = {
  readonly process: ChildProcess
  readonly nodes: readonly string[]
  stop(): Promise<void>
}

const fake = { 'kwok.x-k8s.io/node': 'fake' } as const

/** Adds simulated nodes to a cluster and plays their kubelets until it is stopped. */
export async function startKwok(options: KwokOptions): Promise<Kwok> {
  const { kubeconfig, nodes: count, tainted = false } = options
  await ensureBinaries(['kwok'])
  const folder = await mkdtemp(join(tmpdir(), 'bellows-kwok-'))
  const config = join(folder, 'stages.yaml')
  const log = join(folder, 'kwok.log')
  await writeFile(config, stages(options))
  const output = await open(log, 'w')
  const args = [
    ...['--kubeconfig', kubeconfig, '--config', config, '--manage-all-nodes=false'],
    ...['--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake', '--node-lease-duration-seconds=40'],
    ...['--cidr=10.250.0.0/16', '--v=WARN'],
  ]
  const child = spawn(binary('kwok', 'kwok'), args, { stdio: ['ignore', output.fd, output.fd] })
  await output.close()
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const nodes = Array.from({ length: count }, (_, place) => `kwok-${place}`)
  const stop = async (): Promise<void> => {
    await kubectl(['delete', 'nodes', '--ignore-not-found', '--wait=false', ...nodes], { kubeconfig }).catch(() => '')
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const items = nodes.map((name) => simulatedNode(name, tainted))
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    await kubectl(['apply', '-f', '-'], { kubeconfig, input: list })
    await waitFor(async () => await allReady(kubeconfig, count), {
      timeoutMs: 60_000,
      what: `${count} simulated nodes`,
    })
  } catch (cause) {
    const said = await readFile(log, 'utf8').catch(() => '')
    await stop()
    throw new Error(`kwok did not bring its nodes up; it said: ${said.slice(-2000)}`, { cause })
  }
  return { process: child, nodes, stop }
}

function simulatedNode(name: string, tainted: boolean): unknown {
  const capacity = { cpu: '1000', memory: '4Ti', pods: '20000', 'ephemeral-storage': '10Ti' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: fake, labels: { type: 'kwok', 'kubernetes.io/hostname': name } },
    spec: tainted ? { taints: [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }] } : {},
    status: { capacity, allocatable: capacity },
  }
}

async function allReady(kubeconfig: string, count: number): Promise<boolean> {
  const path = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
  const said = await kubectl(['get', 'nodes', '-l', 'type=kwok', '-o', `jsonpath=${path}`], { kubeconfig })
  return said.split(' ').filter((status) => status === 'True').length >= count
}
