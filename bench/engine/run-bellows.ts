/** TPC-H on Bellows; prints the same line as run_spark.py. Runs as it is (one machine), or as a SparkApplication's program. */
import { readFileSync, writeFileSync } from 'node:fs'
import { SparkSession } from 'bellows'

const [directory = '', queriesFile = '', rounds = '1', target = ''] = process.argv.slice(2)
const spark = SparkSession.builder().appName('tpch').getOrCreate()
for (const table of ['customer', 'lineitem', 'nation', 'orders', 'part', 'partsupp', 'region', 'supplier'])
  spark.read.parquet(`${directory}/${table}.parquet`).createOrReplaceTempView(table)
const start = process.uptime()
const times: number[][] = []
for (const query of JSON.parse(readFileSync(queriesFile, 'utf8')) as readonly string[]) {
  const taken: number[] = []
  for (let round = 0; round < Number(rounds); round += 1) {
    const at = performance.now()
    await spark.sql(query).collect()
    taken.push((performance.now() - at) / 1000)
  }
  times.push(taken)
}
const line = JSON.stringify({ start, queries: times })
if (target === '') console.log(line)
else writeFileSync(target, line)
await spark.stop()
