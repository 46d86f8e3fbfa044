import { lookupFunction } from '../src/engine/functions/registry.ts'
import { readCases, sparkNames } from '../test/functions/cases.ts'
import { isRefused } from '../test/functions/evaluate.ts'
import { KNOWN_DIFFERENCES } from '../test/functions/known-differences.ts'

const HEAD = `# Spark's functions on the bundled engine

Made by \`npm run generate\` from the registry of functions and from the cases in test/functions, each with the answer of
Apache Spark 4.1 (ANSI mode). Change those, not this file.

- **same**: every case gives Spark's value, type or error (transcendental functions to 12 digits).
- **refused for some arguments**: what is computed is Spark's; the other arguments are refused with a sentence.
- **differs**: at least one case gives another value or error; the cases stand below.
- **computed, not compared**: it is there, but no case holds it to Spark.
- **missing**: refused by name; the last column says why.
`

/** What the parser and the analyzer make of these names; the registry has none of them. */
const SYNTAX = new Set([
  ...['case', 'cast', 'in', 'grouping', 'grouping_id', 'range', 'explode_outer', 'posexplode_outer', 'inline_outer'],
  ...['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal'],
  ...['date', 'timestamp', 'binary', 'string'],
])

/** Why a function is missing; the first pattern that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(hll|kll|theta)_|^approx_top_k|^count_min_sketch/,
    'no plan: sketches of the DataSketches library, bytes that only it reads',
  ],
  [/variant|parse_json/, 'the type VARIANT is missing'],
  [/avro|protobuf/, 'no plan: bytes of a format that the engine does not read'],
  [/xml|^xpath/, 'no plan: XML'],
  [/^st_/, 'the types GEOMETRY and GEOGRAPHY are missing'],
  [/reflect|java_method/, 'there is no Java'],
  [/python/, 'there are no workers of Python'],
  [/interval$/, 'the type INTERVAL of months, days and microseconds together is missing'],
  [/^(current_)?time$/, 'the type TIME is missing; Spark 4.1 has it behind a setting'],
  [/^input_file/, 'scans do not say which file a row is from'],
  [/window/, 'windows of time are no part of GROUP BY yet'],
  [/^(collations|sql_keywords)$/, 'no plan: a table about Spark itself'],
]

const reasonOf = (name: string): string => REASONS.find(([pattern]) => pattern.test(name))?.[1] ?? 'not done yet'

interface Count {
  same: number
  refused: number
  different: number
}

const stateOf = (name: string, count: Count | undefined): string => {
  if (!lookupFunction(name) && !SYNTAX.has(name) && !((count?.same ?? 0) > 0 && (count?.refused ?? 0) === 0))
    return 'missing'
  if (!count) return 'computed, not compared'
  if (count.different > 0) return 'differs'
  if (count.refused === 0) return 'same'
  return count.same > 0 ? 'refused for some arguments' : 'missing'
}

/** docs/reference/functions.md. That the cases are alike which are neither refused nor named as different, a unit test holds. */
export const functionsPage = async (): Promise<string> => {
  const counts = new Map<string, Count>()
  const different = new Set(KNOWN_DIFFERENCES)
  for (const one of [...readCases().values()].flat()) {
    const count = counts.get(one.function) ?? { same: 0, refused: 0, different: 0 }
    if (different.has(one.sql)) count.different++
    else if (await isRefused(one.sql)) count.refused++
    else count.same++
    counts.set(one.function, count)
  }
  const names = sparkNames().filter((name) => /^[a-z]/.test(name))
  const rows = names.map((name) => ({ name, state: stateOf(name, counts.get(name)), count: counts.get(name) }))
  const states = ['same', 'refused for some arguments', 'differs', 'computed, not compared', 'missing']
  const totals = states.map((state) => `| ${state} | ${rows.filter((row) => row.state === state).length} |`)
  const lines = rows.map(
    ({ name, state, count }) =>
      `| \`${name}\` | ${state} | ${count ? count.same : 0} | ${count ? count.refused : 0} | ${state === 'missing' ? reasonOf(name) : ''} |`,
  )
  const known = KNOWN_DIFFERENCES.map((sql) => `- \`${sql}\``)
  return `${HEAD}\n| state | functions |\n|---|---|\n${totals.join('\n')}\n\n| function | state | cases alike | cases refused | why |\n|---|---|---|---|---|\n${lines.join('\n')}\n\n## Cases that differ\n${known.join('\n')}\n`
}
