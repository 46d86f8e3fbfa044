import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { binary } from './binaries.ts'
import { attempt, type CommandResult, run, sleep } from './command.ts'
import { clusters } from './paths.ts'

export type KubectlOptions = {
  readonly input?: string
  readonly namespace?: string
  /** Another cluster than the one the tests run against. */
  readonly kubeconfig?: string
}

/** The cluster that the tests run against: the one named explicitly, else the one `npm run cluster -- up` started. */
export function kubeconfigPath(env: NodeJS.ProcessEnv = process.env): string {
  const path = env.BELLOWS_KUBECONFIG ?? join(clusters, env.BELLOWS_CLUSTER ?? 'default', 'kubeconfig')
  if (!existsSync(path)) throw new Error(`no cluster: ${path} is not there; start one with: npm run cluster -- up`)
  return path
}

export function kubectlCommand(): string {
  const own = binary('kubernetes', 'kubectl')
  return existsSync(own) ? own : 'kubectl'
}

function words(
  args: readonly string[],
  { namespace, kubeconfig = kubeconfigPath() }: KubectlOptions,
): readonly string[] {
  return ['--kubeconfig', kubeconfig, ...(namespace === undefined ? [] : ['--namespace', namespace]), ...args]
}

/** Runs kubectl and gives its output; an exit code other than 0 is an error that carries what it said. */
export async function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  return await run(kubectlCommand(), words(args, options), { input: options.input })
}

/** Runs kubectl and gives its exit code too, for what is expected to fail. */
export async function tryKubectl(args: readonly string[], options: KubectlOptions = {}): Promise<CommandResult> {
  return await attempt(kubectlCommand(), words(args, options), { input: options.input })
}

/** Reads an object or a list as JSON; nothing when it does not exist. */
export async function getJson<T = unknown>(
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<T | undefined> {
  const text = await kubectl(['get', ...args, '--ignore-not-found', '-o', 'json'], options)
  return text.trim() === '' ? undefined : (JSON.parse(text) as T)
}

export async function applyYaml(yaml: string, options: KubectlOptions = {}): Promise<string> {
  return await kubectl(['apply', '-f', '-'], { ...options, input: yaml })
}

export type WaitOptions = {
  readonly timeoutMs: number
  /** What is waited for, for the error that says it did not come. */
  readonly what: string
  readonly everyMs?: number
  /** What it looks like instead, for the same error. */
  readonly seen?: () => Promise<string> | string
}

/** Asks until the answer is neither false nor nothing, and gives that answer. An error counts as not yet. */
export async function waitFor<T>(condition: () => Promise<T> | T, options: WaitOptions): Promise<NonNullable<T>> {
  const { timeoutMs, what, everyMs = 100, seen } = options
  const deadline = Date.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const answer = await condition()
      cause = undefined
      if (answer !== false && answer !== undefined && answer !== null) return answer
    } catch (error) {
      cause = error
    }
    if (Date.now() >= deadline) {
      const instead = seen === undefined ? '' : `; seen: ${await seen()}`
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${instead}`, { cause })
    }
    await sleep(everyMs)
  }
}

export type TemporaryNamespace = {
  readonly name: string
  /** Deletes it with all that is in it; waits for that only when asked to. */
  remove(options?: { readonly wait?: boolean }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

let serial = 0

/** A namespace of the test's own, as strict as a cluster can make it. */
export async function tmpNamespace(prefix = 'test', options: KubectlOptions = {}): Promise<TemporaryNamespace> {
  serial += 1
  const name = `${prefix}-${Date.now().toString(36)}-${process.pid.toString(36)}-${serial}`
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'bellows.dev/test': 'true' }
  await applyYaml(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }), options)
  const account = { timeoutMs: 30_000, what: `the default service account of namespace ${name}` }
  await waitFor(() => getJson(['serviceaccount', 'default'], { ...options, namespace: name }), account)
  const remove = async ({ wait = false }: { readonly wait?: boolean } = {}): Promise<void> => {
    await kubectl(['delete', 'namespace', name, '--ignore-not-found', `--wait=${wait}`], options)
  }
  return { name, remove, [Symbol.asyncDispose]: () => remove() }
}
