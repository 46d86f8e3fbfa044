import { SCRIPT_AGGREGATES } from './aggregate-script.ts'
import { ARRAY } from './array.ts'
import { BIT_FUNCTIONS } from './bits.ts'
import { CSV_FUNCTIONS } from './csv.ts'
import { DATE_INSTANT } from './date-instant.ts'
import { DATE_SHIFT } from './date-shift.ts'
import { DATE_TEXT } from './date-text.ts'
import { DATE_ZONE } from './date-zone.ts'
import type { SparkFunction } from './function.ts'
import { HASH } from './hash.ts'
import { HIGHER_ORDER } from './higher-order.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { MAP } from './map.ts'
import { SCRIPT_FUNCTIONS } from './scripts.ts'
import { SEQUENCES } from './sequence.ts'
import { SESSION } from './session.ts'
import { STRING_CODE } from './string-code.ts'
import { STRING_LETTERS } from './string-letters.ts'
import { STRING_REGEXP } from './string-regexp.ts'
import { STRING_SEARCH } from './string-search.ts'
import { STRING_SLICE } from './string-slice.ts'
import { TEXT_FORMAT } from './text-format.ts'
import { URL_FUNCTIONS } from './url.ts'

/** The families beyond operators, casts, aggregates and mathematics. */
export const MORE_FAMILIES: readonly (readonly SparkFunction[])[] = [
  ARRAY,
  BIT_FUNCTIONS,
  CSV_FUNCTIONS,
  DATE_INSTANT,
  DATE_SHIFT,
  DATE_TEXT,
  DATE_ZONE,
  HASH,
  HIGHER_ORDER,
  JSON_FUNCTIONS,
  MAP,
  SCRIPT_AGGREGATES,
  SCRIPT_FUNCTIONS,
  SEQUENCES,
  SESSION,
  STRING_CODE,
  STRING_LETTERS,
  STRING_REGEXP,
  STRING_SEARCH,
  STRING_SLICE,
  TEXT_FORMAT,
  URL_FUNCTIONS,
]
