import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { commonTypeOfTwo } from '../types/coercion.ts'
import { type DataType, DOUBLE, LONG } from '../types/data-type.ts'
import {
  type ArithmeticOperator,
  type DecimalType,
  decimalFor,
  decimalOfInteger,
  decimalResult,
} from '../types/decimal-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isDatetime, isFractional, isIntegral, isInterval, isNumeric } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindOnce } from './bind-once.ts'
import { castTo } from './coerce.ts'
import { decimalDiv, decimalProduct, decimalQuotient, decimalRemainder, decimalSum } from './decimal-arithmetic.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { emitTemporal, temporalCall } from './interval-arithmetic.ts'
import { raise } from './raise.ts'
import { anyNullable, checkCount, coerced } from './signature.ts'

type Operator = ArithmeticOperator | 'pmod'

const wrongTypes = (operator: string, types: readonly DataType[]): SqlError =>
  new SqlError(
    types.every((type) => type.kind === 'decimal' || isFractional(type)) ||
      types.every(({ kind }) => kind === types[0]?.kind)
      ? 'DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE'
      : 'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES',
    `${operator} does not go with ${types.map(sqlTypeName).join(' and ')}; cast one of them`,
  )

/** Strings become numbers by what stands beside them. Source: AnsiTypeCoercion.PromoteStrings, TypeCoercion's without ANSI. */
const numberBeside = (arg: Expression, other: Expression, settings: SqlSettings): Expression => {
  if (arg.type.kind !== 'string') return arg
  if (!settings.ansi) return castTo(arg, DOUBLE, settings)
  return castTo(arg, isIntegral(other.type) ? LONG : DOUBLE, settings)
}

/** An integer constant beside a decimal takes no more digits than it has, but for a TINYINT. Source: DecimalType.fromLiteral. */
const asDecimal = (arg: Expression): DecimalType =>
  arg.kind === 'literal' && isIntegral(arg.type) && arg.type.kind !== 'byte' && arg.value !== null
    ? decimalOfInteger(BigInt(arg.value as number | bigint))
    : decimalFor(arg.type)

const resolveNumeric = (operator: Operator, given: readonly Expression[], settings: SqlSettings): ResolvedCall => {
  const left = numberBeside(given[0]!, given[1]!, settings)
  const right = numberBeside(given[1]!, given[0]!, settings)
  const types = [left.type, right.type].map((type) => (type.kind === 'void' ? undefined : type))
  const present = types.filter((type) => type !== undefined)
  if (!present.every(isNumeric)) throw wrongTypes(operator, [left.type, right.type])
  const nullable = left.nullable || right.nullable || (!settings.ansi && operator !== '+' && operator !== '-')
  if (present.some((type) => type.kind === 'decimal') && !present.some(isFractional)) {
    const [a, b] = [left, right].map((arg) =>
      castTo(arg, arg.type.kind === 'void' ? present[0]! : asDecimal(arg), settings),
    )
    const type = decimalResult(operator === 'pmod' ? '%' : operator, a!.type as DecimalType, b!.type as DecimalType)
    const lossy = type.precision === 38 && !settings.ansi
    return { args: [a!, b!], type: operator === 'div' ? LONG : type, nullable: nullable || lossy }
  }
  const common =
    operator === '/'
      ? DOUBLE
      : operator === 'div'
        ? LONG
        : present.length === 0
          ? DOUBLE
          : commonTypeOfTwo(left.type, right.type, settings)!
  if (operator === 'div' && present.some(isFractional)) throw wrongTypes(operator, [left.type, right.type])
  return { args: [left, right].map((arg) => castTo(arg, common, settings)), type: common, nullable }
}

const BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }

/** Java's arithmetic without ANSI: the low bits of the exact result. */
const wrapped = (sql: string, type: DataType): string => {
  const half = 2n ** BigInt(BITS[type.kind]! - 1)
  return `CAST(((${sql} + ${half}) & ${half * 2n - 1n}::HUGEINT) - ${half} AS ${duckdbTypeOf(type)})`
}

const wide = (sql: string): string => `CAST(${sql} AS HUGEINT)`

const DIVIDE_BY_ZERO =
  'Division by zero. Use try_divide to tolerate divisor being 0 and return NULL instead. If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error.'
const REMAINDER_BY_ZERO =
  'Remainder by zero. Use try_mod to tolerate divisor being 0 and return NULL instead. If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error.'

/** The divisor, or the error, or null without ANSI, where it is zero. */
const divisor = (operator: Operator, a: string, b: string, call: Expression, settings: SqlSettings): string => {
  const right = (call as { args: readonly Expression[] }).args[1]!
  if (right.kind === 'literal' && right.value !== null && Number(right.value) !== 0) return b
  if (!settings.ansi) return `nullif(${b}, 0)`
  const failure =
    operator === '/' || operator === 'div'
      ? raise('DIVIDE_BY_ZERO', DIVIDE_BY_ZERO)
      : raise('REMAINDER_BY_ZERO', REMAINDER_BY_ZERO)
  return `CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${failure} ELSE ${b} END`
}

const emitDecimal = (operator: Operator, a: string, b: string, call: Expression, settings: SqlSettings): string => {
  const types = (call as { args: readonly Expression[] }).args.map((arg) => arg.type as DecimalType) as [
    DecimalType,
    DecimalType,
  ]
  const result = call.type as DecimalType
  switch (operator) {
    case '+':
    case '-':
      return decimalSum(operator, [a, b], types, result)
    case '*':
      return decimalProduct([a, b], types, result)
    case '/':
      return bindOnce([a, b], (x, y) =>
        zeroChecked(x, y, decimalQuotient([x, y], types, result), operator, call, settings),
      )
    case 'div':
      return bindOnce([a, b], (x, y) => zeroChecked(x, y, decimalDiv([x, y], types), operator, call, settings))
    case '%':
    case 'pmod':
      return bindOnce([a, b], (x, y) =>
        zeroChecked(x, y, decimalRemainder([x, y], types, operator === 'pmod', result), operator, call, settings),
      )
  }
}

/** The result where the divisor is not zero. */
const zeroChecked = (
  a: string,
  b: string,
  result: string,
  operator: Operator,
  call: Expression,
  settings: SqlSettings,
): string => {
  const right = (call as { args: readonly Expression[] }).args[1]!
  if (right.kind === 'literal' && right.value !== null && Number(right.value) !== 0) return result
  const zero = settings.ansi
    ? `WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${operator === '/' || operator === 'div' ? raise('DIVIDE_BY_ZERO', DIVIDE_BY_ZERO) : raise('REMAINDER_BY_ZERO', REMAINDER_BY_ZERO)}`
    : `WHEN ${b} = 0 THEN NULL`
  return `CASE ${zero} ELSE ${result} END`
}

const emitNumeric = (operator: Operator, a: string, b: string, call: Expression, settings: SqlSettings): string => {
  const type = call.type
  const operand = (call as { args: readonly Expression[] }).args[0]!.type
  if (operand.kind === 'decimal') return emitDecimal(operator, a, b, call, settings)
  switch (operator) {
    case '+':
    case '-':
    case '*':
      if (!settings.ansi && isIntegral(type)) return wrapped(`(${wide(a)} ${operator} ${wide(b)})`, type)
      return `(${a} ${operator} ${b})`
    case '/':
      return `(${a} / ${divisor(operator, a, b, call, settings)})`
    case 'div':
      if (!settings.ansi) return wrapped(`(${wide(a)} // nullif(${wide(b)}, 0))`, type)
      return `(${a} // ${divisor(operator, a, b, call, settings)})`
    case '%':
      // The smallest integer by -1 overflows in DuckDB.
      if (isIntegral(type)) {
        return `CAST(${wide(a)} % ${divisor(operator, a, b, call, settings)} AS ${duckdbTypeOf(type)})`
      }
      return `(${a} % ${divisor(operator, a, b, call, settings)})`
    case 'pmod': {
      const rest = isIntegral(type)
        ? (x: string, y: string) => `(${wide(x)} % ${y})`
        : (x: string, y: string) => `(${x} % ${y})`
      return bindOnce([a, b], (x, y) => {
        const sql = `CASE WHEN ${rest(x, y)} < 0 THEN ${rest(`(${isIntegral(type) ? wide(rest(x, y)) : rest(x, y)} + ${y})`, y)} ELSE ${rest(x, y)} END`
        return zeroChecked(x, y, `CAST(${sql} AS ${duckdbTypeOf(type)})`, operator, call, settings)
      })
    }
  }
}

const temporal = (type: DataType): boolean => isDatetime(type) || isInterval(type)

const operator = (name: Operator, aliases?: readonly string[]): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (args, settings) => {
    checkCount(name, args, 2)
    if (args.some((arg) => temporal(arg.type))) {
      const call = temporalCall(name, args, settings)
      if (call) return call
      throw wrongTypes(
        name,
        args.map((arg) => arg.type),
      )
    }
    return resolveNumeric(name, args, settings)
  },
  emit: ([a, b], call, settings) => {
    const { args } = call as { args: readonly Expression[] }
    return args.some((arg) => temporal(arg.type))
      ? emitTemporal(name, a!, b!, call, settings)
      : emitNumeric(name, a!, b!, call, settings)
  },
})

const unary = (name: string, emit: (a: string, type: DataType, settings: SqlSettings) => string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (args, settings) => {
    checkCount(name, args, 1)
    const arg = isInterval(args[0]!.type) ? args[0]! : coerced(name, args, 0, 'numeric', settings)
    return { args: [arg], type: arg.type, nullable: arg.nullable }
  },
  emit: ([a], call, settings) => emit(a!, call.type, settings),
})

const bitwise = (name: string, symbol: (a: string, b: string) => string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const args = given.map((_, index) => coerced(name, given, index, 'integral', settings))
    const type = commonTypeOfTwo(args[0]!.type, args[1]!.type, settings)!
    return { args: args.map((arg) => castTo(arg, type, settings)), type, nullable: anyNullable(args) }
  },
  emit: ([a, b]) => symbol(a!, b!),
})

/** + - * / div % and their kin. Sources: Spark's arithmetic.scala, decimalExpressions.scala. */
export const ARITHMETIC: readonly SparkFunction[] = [
  operator('+'),
  operator('-'),
  operator('*'),
  operator('/'),
  operator('div'),
  operator('%', ['mod']),
  operator('pmod'),
  unary('negative', (a, type, settings) =>
    !settings.ansi && isIntegral(type) ? wrapped(`(-${wide(a)})`, type) : `(-${a})`,
  ),
  unary('positive', (a) => a),
  unary('abs', (a, type, settings) =>
    !settings.ansi && isIntegral(type) ? wrapped(`abs(${wide(a)})`, type) : `abs(${a})`,
  ),
  bitwise('&', (a, b) => `(${a} & ${b})`),
  bitwise('|', (a, b) => `(${a} | ${b})`),
  bitwise('^', (a, b) => `xor(${a}, ${b})`),
  {
    name: '~',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('~', given, 1)
      const arg = coerced('~', given, 0, 'integral', settings)
      return { args: [arg], type: arg.type, nullable: arg.nullable }
    },
    emit: ([a]) => `(~${a})`,
  },
]
