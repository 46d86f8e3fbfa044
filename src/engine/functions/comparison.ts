import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { commonTypeOfTwo } from '../types/coercion.ts'
import { BOOLEAN, type DataType } from '../types/data-type.ts'
import { decimalOfInteger, widerDecimal } from '../types/decimal-type.ts'
import { isComplex, isIntegral, isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction, SqlSettings } from './function.ts'
import { differentTypes, unsupported } from './refuse.ts'
import { checkCount } from './signature.ts'

/** Both sides in the type in which Spark compares them. */
export const comparable = (
  name: string,
  a: Expression,
  b: Expression,
  settings: SqlSettings,
): readonly [Expression, Expression] => {
  const type = narrowDecimal(a, b) ?? narrowDecimal(b, a) ?? comparisonType(a.type, b.type, settings)
  if (!type) throw differentTypes(name, [a.type, b.type])
  if (!isOrderable(type)) {
    throw new SqlError(
      'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE',
      `${name} does not compare values of type ${sqlTypeName(type)}`,
    )
  }
  return [castTo(a, type, settings), castTo(b, type, settings)]
}

/** An integer constant beside a decimal takes no more digits than it has. */
const narrowDecimal = (a: Expression, b: Expression): DataType | undefined =>
  a.type.kind === 'decimal' && b.kind === 'literal' && isIntegral(b.type) && b.value !== null
    ? widerDecimal(a.type, decimalOfInteger(BigInt(b.value as number | bigint)))
    : undefined

const comparisonType = (a: DataType, b: DataType, settings: SqlSettings): DataType | undefined => {
  const common = commonTypeOfTwo(a, b, settings)
  if (settings.ansi || (a.kind !== 'string' && b.kind !== 'string')) return common
  // Without ANSI strings give way in comparisons. Source: TypeCoercion.findCommonTypeForBinaryComparison.
  const other = a.kind === 'string' ? b : a
  return other.kind === 'string' ? other : (commonTypeOfTwo(a, b) ?? common)
}

const comparison = (name: string, symbol: string, aliases?: readonly string[]): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const args = comparable(name, given[0]!, given[1]!, settings)
    const ordered = symbol.startsWith('<') || symbol.startsWith('>')
    if (ordered && symbol !== '<>' && isComplex(args[0].type)) {
      throw unsupported(
        `${name} of ${sqlTypeName(args[0].type)} is not computed: nulls inside are ordered otherwise here`,
      )
    }
    return { args, type: BOOLEAN, nullable: name !== '<=>' && args.some((arg) => arg.nullable) }
  },
  emit: ([a, b]) => `(${a} ${symbol} ${b})`,
})

/** Comparisons. NaN equals NaN and is above every number in both systems. */
export const COMPARISON: readonly SparkFunction[] = [
  comparison('=', '=', ['==']),
  comparison('<>', '<>', ['!=']),
  comparison('<', '<'),
  comparison('<=', '<='),
  comparison('>', '>'),
  comparison('>=', '>='),
  comparison('<=>', 'IS NOT DISTINCT FROM'),
  {
    name: 'between',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('between', given, 3)
      const [value, low, high] = given as [Expression, Expression, Expression]
      const from = comparable('between', value, low, settings)[0].type
      const to = comparable('between', value, high, settings)[0].type
      const type = commonTypeOfTwo(from, to, settings)
      if (!type) throw differentTypes('between', [value.type, low.type, high.type])
      return {
        args: given.map((arg) => castTo(arg, type, settings)),
        type: BOOLEAN,
        nullable: given.some((arg) => arg.nullable),
      }
    },
    emit: ([value, low, high]) => `(${value} BETWEEN ${low} AND ${high})`,
  },
]
