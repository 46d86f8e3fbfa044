import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl, waitFor } from '../cluster/client.ts'

const root = join(import.meta.dirname, '../..')
export const example = (file: string): string => readFileSync(join(root, 'examples', file), 'utf8')

/** CRDs and the operator's Deployment, as the README installs them; returns once it is ready. Idempotent. */
export const installOperator = async (): Promise<void> => {
  await kubectl(['apply', '-f', join(root, 'crds')])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', join(root, 'crds')])
  await kubectl(['apply', '-f', join(root, 'deploy/operator.yaml')])
  await scaleOperator(1)
}

/** The number of operators in the cluster; with 0 a test may run its own. Returns when none is left over. */
export const scaleOperator = async (replicas: 0 | 1): Promise<void> => {
  await kubectl(['-n', 'bellows-system', 'scale', 'deployment/bellows-operator', `--replicas=${replicas}`])
  if (replicas === 1) {
    await kubectl(['-n', 'bellows-system', 'rollout', 'status', 'deployment/bellows-operator', '--timeout=120s'])
    return
  }
  await waitFor(
    async () =>
      (
        await kubectl([
          '-n',
          'bellows-system',
          'get',
          'pods',
          '-l',
          'app.kubernetes.io/name=bellows-operator',
          '-o',
          'name',
        ])
      ).trim() === '',
    { timeoutMs: 60_000, what: 'the operator pods to be gone' },
  )
}

export interface Json {
  // biome-ignore lint/suspicious/noExplicitAny: tests read objects of the API freely
  readonly [field: string]: any
}

export const getJson = async (namespace: string, ...what: readonly string[]): Promise<Json> =>
  JSON.parse(await kubectl(['-n', namespace, 'get', ...what, '-o', 'json'])) as Json

export const applicationState = async (namespace: string, name: string): Promise<string> =>
  (await getJson(namespace, 'sparkapplication', name)).status?.applicationState?.state ?? ''

/** Waits until the application is in one of the states and returns it; fails early with its story otherwise. */
export const untilState = async (
  namespace: string,
  name: string,
  states: readonly string[],
  timeoutMs = 120_000,
): Promise<Json> => {
  let last: Json = {}
  try {
    await waitFor(
      async () => {
        last = await getJson(namespace, 'sparkapplication', name)
        return states.includes(last.status?.applicationState?.state)
      },
      { timeoutMs, what: `${name} to be ${states.join(' or ')}` },
    )
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}; status: ${JSON.stringify(last.status)}`, {
      cause,
    })
  }
  return last
}

/** The rows of the first table in a driver's log, cells as text. */
export const tableIn = (log: string): readonly (readonly string[])[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
