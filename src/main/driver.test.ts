import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Application } from '../engine/application.ts'

const DATA = join(import.meta.dirname, '../../node_modules/vega-datasets/data')

describe('the driver process', () => {
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-driver-'))
  })

  afterAll(async () => {
    await rm(directory, { recursive: true })
  })

  const run = async (type: Application['type'], program: string, instances = 0) => {
    const place = await mkdtemp(join(directory, 'run-'))
    const application: Application = {
      type,
      name: 'test',
      id: 'test-1',
      program,
      arguments: ['one', 'two'],
      sparkConf: { 'spark.log.level': 'warn' },
      executors: { instances, podNamePrefix: 'test-exec', cores: 1, memoryMib: 512, deleteOnTermination: true },
    }
    await writeFile(join(place, 'application.json'), JSON.stringify(application))
    await writeFile(join(place, 'token'), 'secret')
    const child = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts')], {
      env: {
        PATH: process.env.PATH,
        BELLOWS_CONF_DIR: place,
        BELLOWS_EXECUTOR_BACKEND: 'process',
        BELLOWS_TERMINATION_LOG: join(place, 'termination'),
        BELLOWS_CORES: '1',
        BELLOWS_MEMORY_MIB: '512',
        SPARK_LOCAL_DIRS: join(place, 'local'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    const message = await readFile(join(place, 'termination'), 'utf8').catch(() => '')
    const left = await readdir(join(place, 'local')).catch(() => [])
    return { code, stdout, stderr, message, left }
  }

  it('runs SQL on executors and prints the answer', async () => {
    const { code, stdout, left, stderr } = await run(
      'SQL',
      `CREATE TEMPORARY VIEW flights USING parquet OPTIONS (path '${DATA}/flights-3m.parquet');
       SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC LIMIT 2;`,
      2,
    )
    expect(stderr).toBe('')
    expect(stdout).toBe(
      '+------+------+\n|origin|n     |\n+------+------+\n|ORD   |166341|\n|DFW   |157162|\n+------+------+\n',
    )
    expect(code).toBe(0)
    expect(left).toEqual([])
  })

  it('runs a program with its arguments', async () => {
    const { code, stdout } = await run(
      'TypeScript',
      `import { SparkSession } from 'bellows'
       const main = async (args: readonly string[]): Promise<void> => {
         const spark = SparkSession.builder().getOrCreate()
         console.log(args.join(' '), await spark.range(10).count())
       }
       main(process.argv.slice(2))`,
    )
    expect([code, stdout]).toEqual([0, 'one two 10\n'])
  })

  it.each([
    ['SQL', 'SELECT 1;\nSELECT * FROM csv.`/no/such.csv`', 1, 'statement 2, line 2: Path does not exist: /no/such.csv'],
    [
      'SQL',
      'SELECT a,\n  b\nFROM (SELECT 1 AS a)',
      1,
      'statement 1, line 2, column 3: Referenced column "b" not found',
    ],
    ['SQL', 'SELECT 1 +\nFROM x', 1, 'statement 1, line 2, column 1: syntax error at or near "FROM"'],
    ['SQL', "SELECT 'é', n FROM nosuch", 1, 'statement 1, line 1, column 20: there is no table or view "nosuch"'],
    ['SQL', "SELECT CAST('x' AS INT)", 1, "Could not convert string 'x' to INT32"],
    ['TypeScript', "\nthrow new Error('my fault')", 1, 'the program failed: my fault (program.ts:2:7)'],
    ['TypeScript', "Promise.reject(new TypeError('late'))", 1, 'the program failed: TypeError: late (program.ts:1:16)'],
    ['JavaScript', 'process.exit(3)', 3, 'the program called process.exit(3)'],
    ['JavaScript', 'await new Promise(() => {})', 13, 'waits for a promise that nothing will settle'],
    ['TypeScript', "import 'no-such-package'", 1, "Cannot find package 'no-such-package'"],
  ] as const)('%s %j ends with %d and says why', async (type, program, exitCode, text) => {
    const { code, message, stderr, left } = await run(type, program)
    expect(message).toContain(text)
    expect(stderr).toContain(text)
    expect(code).toBe(exitCode)
    expect(left).toEqual([])
  })
})
