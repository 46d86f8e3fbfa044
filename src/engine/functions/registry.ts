import { AGGREGATE } from './aggregate.ts'
import { COLLECT } from './aggregate-collect.ts'
import { STATISTICS } from './aggregate-statistics.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { COMPARISON } from './comparison.ts'
import { CONDITIONAL } from './conditional.ts'
import { DATE_BASIC } from './date-basic.ts'
import { MORE_FAMILIES } from './families.ts'
import type { SparkFunction } from './function.ts'
import { GENERATOR } from './generator.ts'
import { LIKE } from './like.ts'
import { LOGIC } from './logic.ts'
import { MATH } from './math.ts'
import { ROUNDING } from './round.ts'
import { SUBSCRIPT } from './subscript.ts'
import { TEXT_BASIC } from './text-basic.ts'
import { WINDOW } from './window.ts'

/** A family a file; a new one is one line here. */
const FAMILIES: readonly (readonly SparkFunction[])[] = [
  ARITHMETIC,
  COMPARISON,
  LOGIC,
  CONDITIONAL,
  LIKE,
  SUBSCRIPT,
  TEXT_BASIC,
  ...MORE_FAMILIES,
  AGGREGATE,
  STATISTICS,
  COLLECT,
  WINDOW,
  MATH,
  ROUNDING,
  DATE_BASIC,
  GENERATOR,
]

const byName = (): ReadonlyMap<string, SparkFunction> => {
  const names = new Map<string, SparkFunction>()
  for (const spark of FAMILIES.flat()) {
    for (const name of [spark.name, ...(spark.aliases ?? [])]) {
      if (names.has(name)) throw new Error(`Two functions are called ${name}`)
      names.set(name, spark)
    }
  }
  return names
}

const FUNCTIONS = byName()

/** The function of that name or alias, in whatever case; undefined: Spark has it not, or it is not computed here. */
export const lookupFunction = (name: string): SparkFunction | undefined => FUNCTIONS.get(name.toLowerCase())

/** All names and aliases, sorted; for suggestions and SHOW FUNCTIONS. Those of merging steps ($…) are not a user's. */
export const functionNames = (): readonly string[] =>
  [...FUNCTIONS.keys()].filter((name) => !name.startsWith('$')).sort()
