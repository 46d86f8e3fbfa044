import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PipelineRunStatus } from '../../src/api/pipeline-run.ts'
import { PipelineRuns, SparkApplications } from '../../src/api/resource-types.ts'
import { silentLogger } from '../../src/controller/ports.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { type EmbeddedOperator, startEmbeddedOperator } from '../../src/main/embedded-operator.ts'
import { eventually } from '../contract/setting.ts'

const directory = mkdtempSync(join(tmpdir(), 'spark-result-'))
let operator: EmbeddedOperator
beforeAll(async () => {
  operator = await startEmbeddedOperator({
    workingDirectory: directory,
    scratchParent: directory,
    logger: silentLogger,
  })
})
afterAll(async () => {
  await operator.close()
  rmSync(directory, { recursive: true, force: true })
})

const spark = (type: string, program: string) => ({
  spec: { type, program, driver: { memory: '512m' }, executor: { instances: 1, memory: '512m' } },
})

it('hands what applications found, wrote and set on to a later task', async () => {
  const out = join(directory, 'out')
  const key = { namespace: 'default', name: 'r' }
  const tasks = [
    {
      name: 'sql',
      spark: spark(
        'SQL',
        `INSERT OVERWRITE DIRECTORY '${out}' USING csv SELECT id AS n FROM range(5);
         SELECT 'é' AS name, 12345678901234567890 AS big UNION ALL SELECT 'z', 1 ORDER BY big DESC`,
      ),
    },
    {
      name: 'program',
      spark: spark(
        'TypeScript',
        `import { SparkSession } from 'bellows'
         const spark = SparkSession.builder().getOrCreate()
         spark.setResult({ best: [await spark.range(10).count()] })`,
      ),
    },
    {
      name: 'report',
      dependsOn: ['sql', 'program'],
      script: {
        interpreter: 'bash',
        source: `printf '["%s",%s,%s,%s,%s]' "{{ tasks.sql.result.firstRows[0].name }}" \\
          "{{ tasks.sql.result.firstRows[0].big }}" "{{ tasks.sql.result.rows }}" \\
          "{{ tasks.sql.result.written[0].rows }}" "{{ tasks.program.result.value.best[0] }}" > $BELLOWS_RESULT`,
      },
    },
  ]
  await operator.cluster.create<KubeObject>(PipelineRuns, {
    apiVersion: 'bellows.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: key,
    spec: { pipelineSpec: { tasks } },
  })
  const ended = await eventually<KubeObject>(operator.cluster, PipelineRuns, key, (run) =>
    ['success', 'failed'].includes((run?.status as PipelineRunStatus | undefined)?.state ?? ''),
  )
  const status = ended?.status as PipelineRunStatus
  expect(status.state, JSON.stringify(status)).toBe('success')
  const results = status.tasks?.map(({ result }) => result)
  expect(results?.[0]).toContain('"big":12345678901234567890')
  expect(JSON.parse(results?.[0] ?? '')).toMatchObject({
    application: 'r-sql-1',
    rows: 2,
    columns: ['name', 'big'],
    firstRows: [{ name: 'é' }, { name: 'z', big: 1 }],
    written: [{ location: out, files: 1, rows: 5 }],
  })
  expect(results?.[1]).toBe('{"application":"r-program-1","value":{"best":[10]}}')
  expect(results?.[2]).toBe('["é",12345678901234567890,2,5,10]')
  const child = await operator.cluster.get<KubeObject>(SparkApplications, { ...key, name: 'r-program-1' })
  expect(child?.status).toMatchObject({ resultSummary: { value: '{"best":[10]}' } })
})
