import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { example, getJson, installOperator, type Json } from './operator.ts'

describe('a pipeline on a real cluster', () => {
  let namespace: TemporaryNamespace
  let run: Json = {}

  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    await applyYaml(example('pipeline-hello.yaml'), { namespace: namespace.name })
    await waitFor(
      async () => {
        run = (await getJson(namespace.name, 'pipelineruns.bellows.dev')).items[0] ?? {}
        return ['success', 'failed'].includes(run.status?.state)
      },
      { timeoutMs: 120_000, what: 'the run to end' },
    )
  })
  afterAll(() => namespace?.remove())

  it('succeeds', () => {
    expect(run.status.state, JSON.stringify(run.status)).toBe('success')
  })

  it('gave each task one worker pod with one container', async () => {
    const pods = (await getJson(namespace.name, 'pods', '-l', `bellows.dev/pipeline-run=${run.metadata.name}`))
      .items as Json[]
    expect(pods).toHaveLength(run.status.tasks.length)
    for (const pod of pods) {
      expect(pod.spec.containers).toHaveLength(1)
      expect(pod.spec.initContainers ?? []).toHaveLength(0)
      // The run is judged by the container: the pod's phase may follow a moment later.
      expect(pod.status.containerStatuses[0].state.terminated?.exitCode).toBe(0)
    }
  })

  it('handed results on', () => {
    const withResult = (run.status.tasks as Json[]).filter((task) => task.result !== undefined)
    expect(withResult.length).toBeGreaterThan(0)
  })

  it('leaves nothing behind when it is deleted', async () => {
    await kubectl(['-n', namespace.name, 'delete', 'pipelineruns.bellows.dev', '--all', '--wait=true'])
    await waitFor(
      async () =>
        (await kubectl(['-n', namespace.name, 'get', 'pods,secrets,sparkapplications', '-o', 'name'])).trim() === '',
      { timeoutMs: 60_000, what: 'worker pods to be collected' },
    )
  })
})
