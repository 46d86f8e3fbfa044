import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './evaluate.ts'

const DIRECTORY = join(import.meta.dirname, 'expected')

/** What real Spark answered: rows as texts (bytes as hexadecimal digits), or the condition of its error. */
export interface Case {
  readonly function: string
  readonly sql: string
  readonly types?: readonly string[]
  readonly rows?: readonly (readonly (string | null)[])[]
  readonly error?: string
}

/** The cases by family. */
export const readCases = (): ReadonlyMap<string, readonly Case[]> =>
  new Map(
    readdirSync(DIRECTORY)
      .filter((file) => file.endsWith('.jsonl'))
      .sort()
      .map((file) => [
        file.replace('.jsonl', ''),
        readFileSync(join(DIRECTORY, file), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Case),
      ]),
  )

/** The names of SHOW SYSTEM FUNCTIONS. */
export const sparkNames = (): readonly string[] => readFileSync(join(DIRECTORY, 'names.txt'), 'utf8').trim().split('\n')

/** Conditions are one where they differ in the subclass only, or where Spark's error is a Java exception without one. */
const sameCondition = (spark: string, here: string): boolean => {
  const plain = (condition: string): string => condition.split('.')[0]!
  return /[a-z]|^_LEGACY/.test(spark) || plain(spark) === plain(here)
}

/** `same`, `refused`, or what is different. */
export const judge = (expected: Case, outcome: Outcome): 'same' | 'refused' | { readonly difference: string } => {
  if (outcome.kind === 'refused')
    return expected.error !== undefined && sameCondition(expected.error, outcome.condition) ? 'same' : 'refused'
  const spark = expected.error ?? JSON.stringify([expected.types, expected.rows])
  const here = outcome.kind === 'error' ? outcome.condition : JSON.stringify([outcome.types, outcome.rows])
  const same =
    expected.error !== undefined && outcome.kind === 'error'
      ? sameCondition(expected.error, outcome.condition)
      : spark === here
  if (same) return 'same'
  return {
    difference: `${expected.sql}\n  Spark: ${spark}\n  here:  ${here}${outcome.kind === 'error' ? ` (${outcome.message})` : ''}`,
  }
}
