import { AES } from './aes.ts'
import { AGGREGATE_SCRIPTS } from './aggregate-scripts.ts'
import { CONV } from './conv.ts'
import { CSV_TEXT } from './csv-text.ts'
import { JAVA_FORMAT } from './java-format.ts'
import { JSON_PATH } from './json-path.ts'
import { JSON_READ } from './json-read.ts'
import { JSON_WRITE } from './json-write.ts'
import { MATH_SCRIPTS } from './math-scripts.ts'
import { NUMBER_PATTERN } from './number-pattern.ts'
import { RANDOM } from './random.ts'
import type { ScriptTable } from './script-function.ts'
import { SENTENCES } from './sentences.ts'
import { SEQUENCE } from './sequence.ts'
import { SPARK_HASH } from './spark-hash.ts'
import { TO_NUMBER } from './to-number.ts'
import { URL_PART } from './url-part.ts'

/** What DuckDB has no way to compute, by the name in the SQL: small letters and digits. */
export const SCRIPTS: ScriptTable = {
  ...AES,
  ...AGGREGATE_SCRIPTS,
  ...CONV,
  ...CSV_TEXT,
  ...JAVA_FORMAT,
  ...JSON_PATH,
  ...JSON_READ,
  ...JSON_WRITE,
  ...MATH_SCRIPTS,
  ...NUMBER_PATTERN,
  ...RANDOM,
  ...SENTENCES,
  ...SEQUENCE,
  ...SPARK_HASH,
  ...TO_NUMBER,
  ...URL_PART,
}
