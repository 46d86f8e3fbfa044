import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { example, getJson, installOperator, type Json, tableIn } from './operator.ts'

describe('a pipeline with a SparkApplication as a task, on a real cluster', () => {
  let namespace: TemporaryNamespace
  let run: Json = {}

  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    await applyYaml(example('pipeline-weather.yaml'), { namespace: namespace.name })
    await waitFor(
      async () => {
        run = await getJson(namespace.name, 'pipelineruns.bellows.dev', 'weather')
        return ['success', 'failed'].includes(run.status?.state)
      },
      { timeoutMs: 180_000, what: 'the run to end', seen: () => JSON.stringify(run.status) },
    )
  })
  afterAll(() => namespace?.remove())

  it('succeeds task by task', () => {
    expect(run.status.state, JSON.stringify(run.status)).toBe('success')
    expect((run.status.tasks as Json[]).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'choose-month success',
      'ask success',
      'report success',
    ])
  })

  it('made the application its child, with the result of the task before in its program', async () => {
    const [app] = (await getJson(namespace.name, 'sparkapplications')).items as Json[]
    expect(app?.status.applicationState.state).toBe('COMPLETED')
    expect(app?.spec.program).toContain('month(date) = 12')
    expect(app?.metadata.ownerReferences[0]).toMatchObject({ kind: 'PipelineRun', name: 'weather' })
    const log = await kubectl(['logs', app?.status.driverInfo.podName], { namespace: namespace.name })
    const [header, ...rows] = tableIn(log)
    expect(header).toEqual(['weather', 'days'])
    expect(rows.reduce((sum, [, days]) => sum + Number(days), 0)).toBe(31)
  })

  it("handed the application's answer on to the task after it", async () => {
    const [app] = (await getJson(namespace.name, 'sparkapplications')).items as Json[]
    const { firstRows, ...told } = app?.status.resultSummary ?? {}
    expect(told).toEqual({ rows: 3, columns: ['weather', 'days'] })
    expect(JSON.parse(firstRows)[0]).toEqual({ weather: 'rain', days: 25 })
    const [, ask, report] = run.status.tasks as Json[]
    expect(JSON.parse(ask?.result)).toEqual({
      application: app?.metadata.name,
      ...told,
      firstRows: JSON.parse(firstRows),
    })
    expect(report?.result).toBe('"rain"')
    expect(await kubectl(['logs', report?.podName], { namespace: namespace.name })).toBe(
      'Most days of month 12: rain\n25 of 31, 3 kinds of weather in all\n',
    )
  })

  it('leaves nothing behind when it is deleted', async () => {
    await kubectl(['delete', 'pipelineruns.bellows.dev', '--all', '--wait=true'], { namespace: namespace.name })
    await waitFor(
      async () => {
        const left = await kubectl(['get', 'pods,secrets,sparkapplications', '-o', 'name'], {
          namespace: namespace.name,
        })
        return left.trim() === ''
      },
      { timeoutMs: 60_000, what: 'pods, Secrets and applications to be collected' },
    )
  })
})
