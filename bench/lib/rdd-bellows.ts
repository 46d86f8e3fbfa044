/**
 * The programs of rdd-programs.ts on a driver and two executors of one core each. Reads lines of JSON [program, directory]
 * and answers each with one, as rdd-pyspark.py does: rdd-bellows.ts MIB, the memory of an executor.
 */
import { globSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { startSpark } from '../../src/engine/rdd/testing/spark-fixture.ts'
import { forkedBackend } from '../../src/engine/testing/forked-backend.ts'
import { rddPrograms } from './rdd-programs.ts'

const memoryMiB = Number(process.argv[2])
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

const fixture = await startSpark(2, {}, (directory, token) => forkedBackend(directory, token, { memoryMiB }))
// Files of sorts and gathered keys that did not fit live as long as their task: they are looked for while a program runs.
const spilled = new Set<string>()
const look = setInterval(() => {
  for (const name of globSync('*/rdd/rdd-*', { cwd: fixture.directory })) spilled.add(name)
}, 100)
const numbers = fixture.sc.range(0, 4, 1, 4).map((value) => value)
await numbers.collect()
say('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [program, directory] = JSON.parse(line) as [string, string]
  spilled.clear()
  const start = performance.now()
  const answer = await rddPrograms[program]!(fixture.sc, directory)
  say({ ms: performance.now() - start, answer, spills: spilled.size })
}
clearInterval(look)
await fixture.close()
process.exit(0)
