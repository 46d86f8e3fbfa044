import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { example, getJson, installOperator, type Json, tableIn, untilState } from './operator.ts'

/** The example's query, run by DuckDB alone over the example's own data. */
const byHand = async (): Promise<readonly (readonly string[])[]> => {
  const documents = loadAll(example('weather-sql.yaml')) as Json[]
  const folder = mkdtempSync(join(tmpdir(), 'bellows-e2e-'))
  try {
    const file = join(folder, '2015.csv')
    writeFileSync(file, documents[0]!.data['2015.csv'])
    const query = documents[1]!.spec.program.split(';')[1]!.replace('FROM days', `FROM '${file}'`)
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const rows = (await connection.runAndReadAll(query)).getRowsJson()
    return rows.map((row) => row.map(String))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a SQL application on a real cluster', () => {
  let namespace: TemporaryNamespace
  const name = 'weather-sql'

  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    await applyYaml(example('weather-sql.yaml'), { namespace: namespace.name })
  })
  afterAll(() => namespace?.remove())

  it('starts a driver, which starts two executors, and completes', async () => {
    const executors = new Set<string>()
    await waitFor(
      async () => {
        const pods = await getJson(namespace.name, 'pods', '-l', 'spark-role=executor')
        for (const pod of pods.items) executors.add(pod.metadata.name)
        const app = await getJson(namespace.name, 'sparkapplication', name)
        return ['COMPLETED', 'FAILED'].includes(app.status?.applicationState?.state)
      },
      { timeoutMs: 120_000, what: 'the application to end' },
    )
    const app = await untilState(namespace.name, name, ['COMPLETED'], 5_000)
    expect([...executors].sort()).toEqual([`${name}-1-exec-1`, `${name}-1-exec-2`])
    expect(app.status).toMatchObject({
      executionAttempts: 1,
      observedGeneration: 1,
      driverInfo: { podName: `${name}-driver` },
    })
    expect(app.status.terminationTime).toMatch(/^\d{4}-/)
  })

  it('prints what DuckDB alone answers', async () => {
    const log = await kubectl(['-n', namespace.name, 'logs', `${name}-driver`])
    const [header, ...rows] = tableIn(log)
    expect(header).toEqual(['weather', 'days', 'average_high'])
    expect(rows).toEqual(await byHand())
  })

  it('shows useful columns', async () => {
    const [head, row] = (await kubectl(['-n', namespace.name, 'get', 'sparkapplications'])).trim().split('\n')
    expect(head).toMatch(/NAME\s+TYPE\s+STATUS\s+ATTEMPTS\s+EXECUTORS\s+START\s+FINISH\s+REASON\s+AGE/)
    expect(row).toMatch(/^weather-sql\s+SQL\s+COMPLETED\s+1\s/)
  })

  it('tells the story in events', async () => {
    await waitFor(
      async () => /Normal +Completed/.test(await kubectl(['-n', namespace.name, 'describe', 'sparkapplication', name])),
      {
        timeoutMs: 20_000,
        what: 'the last event of the story',
      },
    )
    const story = await kubectl(['-n', namespace.name, 'describe', 'sparkapplication', name])
    const events = story.slice(story.lastIndexOf('Events:'))
    for (const chapter of [/DriverCreated/, /DriverRunning/, /Completed/]) expect(events).toMatch(chapter)
  })

  it('leaves nothing behind when it is deleted', async () => {
    await kubectl(['-n', namespace.name, 'delete', 'sparkapplication', name, '--wait=true'])
    await waitFor(
      async () => {
        const left = await kubectl(['-n', namespace.name, 'get', 'pods,secrets,configmaps,services', '-o', 'name'])
        return left
          .trim()
          .split('\n')
          .every((line) => ['configmap/kube-root-ca.crt', 'configmap/seattle-weather', ''].includes(line))
      },
      { timeoutMs: 60_000, what: 'pods and Secrets of the application to be collected' },
    )
  })
})
