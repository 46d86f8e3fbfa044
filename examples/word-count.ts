// The ten most frequent words of a file, as an RDD: npm run bellows -- run examples/word-count.ts --executors 2
import { SparkSession } from 'bellows'

const spark = SparkSession.builder().appName('word-count').getOrCreate()
const file = process.argv[2] ?? 'node_modules/vega-datasets/README.md'
const shortest = 4

const counts = await spark.sparkContext
  .textFile(file, 2)
  .flatMap((line) => line.toLowerCase().match(/[a-z]+/g) ?? [])
  .filter((word) => word.length >= shortest)
  .map((word): [string, number] => [word, 1])
  .reduceByKey((one, other) => one + other)
  .takeOrdered(10, ([a, m], [b, n]) => n - m || (a < b ? -1 : 1))

for (const [word, count] of counts) console.log(`${String(count).padStart(4)} ${word}`)
await spark.stop()
