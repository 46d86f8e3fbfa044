import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BINARY, BYTE, INTEGER, LONG } from '../types/data-type.ts'
import { isIntegral } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'
import { typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { wrongType } from './refuse.ts'
import { checkCount, coerced, simple } from './signature.ts'

const BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }
/** Positions of one bitmap: 4 KB. */
const POSITIONS = 32_768

const bitGet: SparkFunction = {
  name: 'bit_get',
  aliases: ['getbit'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('bit_get', given, 2)
    const { type } = given[0]!
    if (type.kind !== 'void' && !isIntegral(type)) throw wrongType('bit_get', 0, 'a whole number', type)
    const value: Expression = type.kind === 'void' ? castTo(given[0]!, INTEGER, settings) : given[0]!
    const position = coerced('bit_get', given, 1, INTEGER, settings)
    return { args: [value, position], type: BYTE, nullable: value.nullable || position.nullable }
  },
  emit: ([value, position], call) => {
    const bits = BITS[typeOfArgument(call, 0).kind]!
    const failure = raise(
      'INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE',
      `The position of bit_get is 0 to ${bits - 1} here`,
    )
    return bindNames('bg', [value!, position!], (x, at) => {
      const unsigned = `(CAST(${x} AS HUGEINT) & CAST(${(2n ** BigInt(bits) - 1n).toString()} AS HUGEINT))`
      const bit = `CAST((${unsigned} // CAST(power(CAST(2 AS DOUBLE), ${at}) AS HUGEINT)) % 2 AS TINYINT)`
      return `CASE WHEN ${x} IS NULL OR ${at} IS NULL THEN NULL WHEN ${at} < 0 OR ${at} >= ${bits} THEN ${failure} ELSE ${bit} END`
    })
  },
}

const bitmapCount: SparkFunction = {
  name: 'bitmap_count',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('bitmap_count', given, 1)
    const { type, nullable } = given[0]!
    if (type.kind !== BINARY.kind)
      throw new SqlError('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'bitmap_count takes a bitmap, that is BINARY')
    return { args: given, type: LONG, nullable }
  },
  emit: ([bytes]) =>
    `CASE WHEN octet_length(${bytes}) = 0 THEN CAST(0 AS BIGINT) ELSE CAST(bit_count(CAST(${bytes} AS BIT)) AS BIGINT) END`,
}

/** Source: Spark's BitmapExpressionUtils. */
export const BIT_FUNCTIONS: readonly SparkFunction[] = [
  bitGet,
  bitmapCount,
  simple('bitmap_bit_position', [LONG], LONG, ([n]) =>
    bindNames('bp', [n!], (x) => `CASE WHEN ${x} > 0 THEN (${x} - 1) % ${POSITIONS} ELSE (-${x}) % ${POSITIONS} END`),
  ),
  simple('bitmap_bucket_number', [LONG], LONG, ([n]) =>
    bindNames(
      'bb',
      [n!],
      (x) =>
        `CASE WHEN ${x} > 0 THEN 1 + (${x} - 1) // ${POSITIONS} ELSE CAST(trunc(${x} / ${POSITIONS}) AS BIGINT) END`,
    ),
  ),
]
