import type { SparkFunction } from './function.ts'
import { STRING_CODE } from './string-code.ts'
import { STRING_LETTERS } from './string-letters.ts'
import { STRING_REGEXP } from './string-regexp.ts'
import { STRING_SEARCH } from './string-search.ts'
import { STRING_SLICE } from './string-slice.ts'

/** The families beyond operators, casts, aggregates and mathematics. */
export const MORE_FAMILIES: readonly (readonly SparkFunction[])[] = [
  STRING_CODE,
  STRING_LETTERS,
  STRING_REGEXP,
  STRING_SEARCH,
  STRING_SLICE,
]
