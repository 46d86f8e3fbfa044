/** TPC-H on DuckDB alone, through the same binding as Bellows; prints the same line as run_spark.py. */
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const [directory = '', queriesFile = '', rounds = '1', threads = '2'] = process.argv.slice(2)
const instance = await DuckDBInstance.create(':memory:', { threads })
const connection = await instance.connect()
for (const table of ['customer', 'lineitem', 'nation', 'orders', 'part', 'partsupp', 'region', 'supplier'])
  await connection.run(`CREATE VIEW ${table} AS SELECT * FROM read_parquet('${directory}/${table}.parquet')`)
const start = process.uptime()
const times: number[][] = []
for (const query of JSON.parse(readFileSync(queriesFile, 'utf8')) as readonly string[]) {
  const taken: number[] = []
  for (let round = 0; round < Number(rounds); round += 1) {
    const at = performance.now()
    await (await connection.runAndReadAll(query)).getRowsJS()
    taken.push((performance.now() - at) / 1000)
  }
  times.push(taken)
}
console.log(JSON.stringify({ start, queries: times }))
process.exit(0)
