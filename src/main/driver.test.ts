import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SparkApplications } from '../api/resource-types.ts'
import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { silentLogger } from '../controller/ports.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import { type EmbeddedOperator, startEmbeddedOperator } from './embedded-operator.ts'

const DATA = join(import.meta.dirname, '../../node_modules/vega-datasets/data')
const namespace = 'default'

describe('the driver process', () => {
  let directory: string
  let operator: EmbeddedOperator
  let count = 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-driver-'))
    operator = await startEmbeddedOperator({
      workingDirectory: directory,
      scratchParent: directory,
      logger: silentLogger,
    })
  })

  afterAll(async () => {
    await operator.close()
    await rm(directory, { recursive: true })
  })

  const ended = async (created: KubeObject): Promise<void> => {
    const events = operator.cluster.watch(SparkApplications, {
      fieldSelector: `metadata.name=${created.metadata.name}`,
      resourceVersion: created.metadata.resourceVersion ?? '',
      signal: AbortSignal.timeout(50_000),
    })
    for await (const event of events) {
      if (event.type !== 'MODIFIED') continue
      const { applicationState } = (event.object.status ?? {}) as SparkApplicationStatus
      if (['COMPLETED', 'FAILED'].includes(applicationState?.state ?? '')) return
    }
    throw new Error(`application ${created.metadata.name} has not ended`)
  }

  /** Runs an application to its end; its log holds both outputs of the driver. */
  const run = async (type: 'SQL' | 'TypeScript' | 'JavaScript', program: string, instances = 1) => {
    const { cluster } = operator
    const metadata = { name: `app-${++count}`, namespace }
    await ended(
      await cluster.create<KubeObject>(SparkApplications, {
        apiVersion: 'sparkoperator.k8s.io/v1beta2',
        kind: 'SparkApplication',
        metadata,
        spec: {
          type,
          program,
          arguments: ['one', 'two'],
          sparkConf: { 'spark.log.level': 'warn' },
          driver: { memory: '512m' },
          executor: { instances, memory: '512m' },
        },
      }),
    )
    const key = { namespace, name: `${metadata.name}-driver` }
    const driver = await cluster.get<Pod>(Pods, key)
    const end = driver?.status?.containerStatuses?.[0]?.state?.terminated
    let log = ''
    for await (const line of cluster.log(key)) log += `${line}\n`
    const files = await readdir(directory, { recursive: true })
    const left = files.filter((path) => path.includes(`bellows-${metadata.name}-`))
    return { code: end?.exitCode, message: end?.message ?? '', log, left }
  }

  it('runs SQL on executors and prints the answer', async () => {
    const { code, log, left } = await run(
      'SQL',
      `CREATE TEMPORARY VIEW flights USING parquet OPTIONS (path '${DATA}/flights-3m.parquet');
       SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC LIMIT 2;`,
      2,
    )
    expect(log).toBe(
      '+------+------+\n|origin|n     |\n+------+------+\n|ORD   |166341|\n|DFW   |157162|\n+------+------+\n',
    )
    expect(code).toBe(0)
    expect(left).toEqual([])
  })

  it('runs a program with its arguments', async () => {
    const { code, log } = await run(
      'TypeScript',
      `import { SparkSession } from 'bellows'
       const main = async (args: readonly string[]): Promise<void> => {
         const spark = SparkSession.builder().getOrCreate()
         console.log(args.join(' '), await spark.range(10).count())
       }
       main(process.argv.slice(2))`,
    )
    expect([code, log]).toEqual([0, 'one two 10\n'])
  })

  it('leaves a summary of what a script found and wrote, and what a program sets as its result', async () => {
    const out = join(directory, 'out')
    const sql = await run(
      'SQL',
      `INSERT OVERWRITE DIRECTORY '${out}' USING csv SELECT id AS n FROM range(3);
       SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL ORDER BY a;`,
    )
    expect(JSON.parse(sql.message)).toEqual({
      resultSummary: {
        rows: 2,
        columns: ['a', 'b'],
        firstRows: '[{"a":1,"b":"x"},{"a":2,"b":null}]',
        written: [{ location: out, files: 1, rows: 3 }],
      },
    })
    const program = (rest: string) => `
      import { SparkSession } from 'bellows'
      const spark = SparkSession.builder().getOrCreate()
      spark.setResult({ count: await spark.range(10).count() })
      ${rest}`
    const well = await run('TypeScript', program(''))
    expect(JSON.parse(well.message)).toEqual({ resultSummary: { value: '{"count":10}' } })
    const badly = await run('TypeScript', program("throw new Error('after all')"))
    expect(badly.message).toContain('the program failed: after all')
  })

  it.each([
    ['SQL', 'SELECT 1;\nSELECT * FROM csv.`/no/such.csv`', 1, 'statement 2, line 2: Path does not exist: /no/such.csv'],
    [
      'SQL',
      'SELECT a,\n  b\nFROM (SELECT 1 AS a)',
      1,
      'statement 1, line 2, column 3: [UNRESOLVED_COLUMN.WITH_SUGGESTION]',
    ],
    ['SQL', 'SELECT 1 +\nFROM x', 1, 'statement 1, line 2, column 1: [PARSE_SYNTAX_ERROR] Found FROM'],
    ['SQL', "SELECT 'é', n FROM nosuch", 1, 'statement 1, line 1, column 20: [TABLE_OR_VIEW_NOT_FOUND]'],
    ['SQL', "SELECT CAST('x' AS INT)", 1, '[CAST_INVALID_INPUT]'],
    ['TypeScript', "\nthrow new Error('my fault')", 1, 'the program failed: my fault (program.ts:2:7)'],
    ['TypeScript', "Promise.reject(new TypeError('late'))", 1, 'the program failed: TypeError: late (program.ts:1:16)'],
    ['JavaScript', 'process.exit(3)', 3, 'the program called process.exit(3)'],
    ['JavaScript', 'await new Promise(() => {})', 13, 'waits for a promise that nothing will settle'],
    ['TypeScript', "import 'no-such-package'", 1, "Cannot find package 'no-such-package'"],
  ] as const)('%s %j ends with %d and says why', async (type, program, exitCode, text) => {
    const { code, message, log, left } = await run(type, program)
    expect(message).toContain(text)
    expect(log).toContain(text)
    expect(code).toBe(exitCode)
    expect(left).toEqual([])
  })
})
