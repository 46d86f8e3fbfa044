// A Delta table that grows by two appends, and how it was before: npm run bellows -- run examples/delta-versions.ts
// Another place for it, also in an object store: … run examples/delta-versions.ts s3a://bucket/path
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SparkSession, sum } from 'bellows'

const spark = SparkSession.builder().appName('delta-versions').getOrCreate()
const table = process.argv[2] ?? join(await mkdtemp(join(tmpdir(), 'delta-')), 'orders')

const day = (date: string, amounts: readonly number[]) =>
  spark.createDataFrame(
    amounts.map((amount) => ({ day: date, amount })),
    'day STRING, amount INT',
  )

await day('2026-11-20', [10, 20]).write.format('delta').partitionBy('day').save(table)
await day('2026-11-21', [5]).write.format('delta').mode('append').save(table)
await day('2026-11-21', [7, 8]).write.format('delta').mode('append').save(table)

await spark.read.format('delta').load(table).groupBy('day').agg(sum('amount').as('amount')).orderBy('day').show()
console.log('before the appends:')
await spark.sql(`SELECT day, sum(amount) AS amount FROM delta.\`${table}\` VERSION AS OF 0 GROUP BY day`).show()
await spark.stop()
