import type { Expression } from '../plan/expression.ts'
import { BINARY, DOUBLE, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isIntegral, isInterval, isNumeric } from '../types/same-type.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { bindOnce } from './bind-once.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { unsupported, wrongType } from './refuse.ts'
import { scripted } from './script/script-call.ts'
import { checkCount, coerced, simple } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

const double = (
  name: string,
  emit: (x: string) => string = (x) => `${name}(${x})`,
  aliases?: readonly string[],
): SparkFunction => simple(name, [DOUBLE], DOUBLE, ([x]) => emit(x!), aliases ? { aliases } : {})

/** Outside its domain the function is NaN in Java; DuckDB fails. */
const within = (name: string, outside: (x: string) => string, call = name): SparkFunction =>
  double(name, (sql) =>
    bindOnce([sql], (x) => `CASE WHEN ${outside(x)} THEN CAST('nan' AS DOUBLE) ELSE ${call}(${x}) END`),
  )

/** An infinite angle has no sine. */
const angle = (name: string, emit: (x: string) => string): SparkFunction =>
  double(name, (sql) => bindOnce([sql], (x) => `CASE WHEN isinf(${x}) THEN CAST('nan' AS DOUBLE) ELSE ${emit(x)} END`))

/** Logarithms are null outside their domain. Source: Spark's UnaryLogExpression. */
const logarithm = (name: string, duckdb: string, aliases?: readonly string[]): SparkFunction => ({
  ...double(name, (sql) => bindOnce([sql], (x) => `CASE WHEN ${x} > 0 THEN ${duckdb}(${x}) END`), aliases),
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    return { args: [coerced(name, given, 0, DOUBLE, settings)], type: DOUBLE, nullable: true }
  },
})

const log: SparkFunction = {
  name: 'log',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('log', given, 1, 2)
    return {
      args: given.map((_, index) => coerced('log', given, index, DOUBLE, settings)),
      type: DOUBLE,
      nullable: true,
    }
  },
  emit: ([a, b]) => {
    if (b === undefined) return bindOnce([a!], (x) => `CASE WHEN ${x} > 0 THEN ln(${x}) END`)
    return bindOnce([a!, b], (base, x) => `CASE WHEN ${base} > 0 AND ${x} > 0 THEN ln(${x}) / ln(${base}) END`)
  },
}

const BITS: Readonly<Record<string, number>> = { byte: 32, short: 32, integer: 32, long: 64 }

/** Java shifts by the low bits of the number and drops what leaves the word. */
const shift = (
  name: string,
  emit: (x: string, by: string, bits: number) => string,
  aliases: readonly string[],
): SparkFunction => ({
  name,
  aliases,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const wide = given[0]!.type.kind === 'long' ? given[0]! : coerced(name, given, 0, INTEGER, settings)
    const by = coerced(name, given, 1, INTEGER, settings)
    return { args: [wide, by], type: wide.type, nullable: wide.nullable || by.nullable }
  },
  emit: ([value, by], call) => {
    const bits = BITS[call.type.kind]!
    const half = (2n ** BigInt(bits - 1)).toString()
    const full = (2n ** BigInt(bits) - 1n).toString()
    return bindOnce([`CAST(${value} AS HUGEINT)`, `(CAST(${by} AS INTEGER) & ${bits - 1})`], (x, n) => {
      const shifted = `CAST(${emit(x, n, bits)} AS HUGEINT)`
      return `CAST(((${shifted} + ${half}) & CAST(${full} AS HUGEINT)) - ${half} AS ${duckdbTypeOf(call.type)})`
    })
  },
})

const two = (by: string): string => `CAST(power(CAST(2 AS DOUBLE), ${by}) AS HUGEINT)`
const low = (x: string, bits: number): string => `(${x} & CAST(${(2n ** BigInt(bits) - 1n).toString()} AS HUGEINT))`

/** The arithmetic that gives null where it would fail. TRY catches what is inside, so arguments stay outside. */
const tried = (name: string, operator: string): SparkFunction => {
  const base = ARITHMETIC.find((spark) => spark.name === operator)!
  return {
    name,
    kind: 'scalar',
    resolve: (args, settings) => {
      const resolved = base.resolve(args, settings)
      // A text that is no number gives null too.
      const tries = resolved.args.map((arg): Expression => {
        const ours = arg.kind === 'cast' && !args.includes(arg) && arg.child.type.kind === 'string'
        return ours ? { ...arg, mode: 'try', nullable: true } : arg
      })
      return { ...resolved, args: tries, nullable: true }
    },
    emit: ([a, b], call, settings) => {
      const divides = (operator === '/' || operator === '%') && !isInterval(call.type)
      const body = (x: string, y: string) => `TRY(${base.emit([x, y], call, { ...settings, ansi: !divides })})`
      return `list_transform([struct_pack(a := ${a}, b := ${b})], lambda tried: ${body('tried.a', 'tried.b')})[1]`
    },
  }
}

const hex: SparkFunction = {
  name: 'hex',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('hex', given, 1)
    const { type } = given[0]!
    const arg =
      type.kind === 'binary' || type.kind === 'string'
        ? given[0]!
        : coerced('hex', given, 0, isNumeric(type) || type.kind === 'void' ? LONG : STRING, settings)
    return { args: [arg], type: STRING, nullable: arg.nullable }
  },
  emit: ([x], call) => {
    const { type } = argsOf(call)[0]!
    if (type.kind === 'binary' || type.kind === 'string') return `hex(${x})`
    return bindOnce(
      [x!],
      (n) =>
        `CASE WHEN ${n} < 0 THEN printf('%X', CAST(CAST(${n} AS HUGEINT) + 18446744073709551616 AS UBIGINT)) ELSE printf('%X', ${n}) END`,
    )
  },
}

/** Of numbers and intervals; zeros and NaN stay as they are. */
const sign: SparkFunction = {
  ...double('sign', (sql) =>
    bindOnce([sql], (x) => `CAST(CASE WHEN isnan(${x}) OR ${x} = 0 THEN ${x} ELSE sign(${x}) END AS DOUBLE)`),
  ),
  aliases: ['signum'],
  resolve: (given, settings) => {
    checkCount('sign', given, 1)
    const arg = isInterval(given[0]!.type) ? given[0]! : coerced('sign', given, 0, DOUBLE, settings)
    return { args: [arg], type: DOUBLE, nullable: arg.nullable }
  },
  emit: ([sql]) =>
    bindOnce(
      [`CAST(${sql} AS DOUBLE)`],
      (x) => `CAST(CASE WHEN isnan(${x}) OR ${x} = 0 THEN ${x} ELSE sign(${x}) END AS DOUBLE)`,
    ),
}

/** Source: Spark's mathExpressions.scala. */
export const MATH: readonly SparkFunction[] = [
  within('sqrt', (x) => `${x} < 0`),
  within('acos', (x) => `abs(${x}) > 1`),
  within('asin', (x) => `abs(${x}) > 1`),
  within('acosh', (x) => `${x} < 1`),
  double('atanh', (sql) =>
    bindOnce(
      [sql],
      (x) =>
        `CASE WHEN abs(${x}) > 1 THEN CAST('nan' AS DOUBLE) WHEN ${x} = -1 THEN CAST('-infinity' AS DOUBLE) ELSE atanh(${x}) END`,
    ),
  ),
  ...['exp', 'cbrt', 'atan', 'sinh', 'cosh', 'tanh', 'degrees', 'radians'].map((name) => double(name)),
  double('asinh', (x) => `(asinh(${x}) + CAST(0 AS DOUBLE))`),
  ...['sin', 'cos', 'tan'].map((name) => angle(name, (x) => `${name}(${x})`)),
  angle('cot', (x) => `(1 / tan(${x}))`),
  angle('sec', (x) => `(1 / cos(${x}))`),
  angle('csc', (x) => `(1 / sin(${x}))`),
  double('rint', (x) => `round_even(${x}, 0)`),
  sign,
  logarithm('ln', 'ln'),
  logarithm('log10', 'log10'),
  logarithm('log2', 'log2'),
  log,
  simple(
    'pow',
    [DOUBLE, DOUBLE],
    DOUBLE,
    ([a, b]) => bindOnce([a!, b!], (x, y) => `CASE WHEN isnan(${y}) THEN ${y} ELSE power(${x}, ${y}) END`),
    { aliases: ['power'] },
  ),
  simple('atan2', [DOUBLE, DOUBLE], DOUBLE, ([a, b]) => `atan2(${a} + CAST(0 AS DOUBLE), ${b} + CAST(0 AS DOUBLE))`),
  simple('hypot', [DOUBLE, DOUBLE], DOUBLE, scripted('hypot')),
  simple('pi', [], DOUBLE, () => 'pi()'),
  simple('e', [], DOUBLE, () => "CAST('2.718281828459045' AS DOUBLE)"),
  simple(
    'factorial',
    [INTEGER],
    LONG,
    ([x]) =>
      bindOnce(
        [x!],
        (n) =>
          `CASE WHEN ${n} BETWEEN 0 AND 20 THEN CAST(factorial(CASE WHEN ${n} BETWEEN 0 AND 20 THEN ${n} ELSE 0 END) AS BIGINT) END`,
      ),
    { nullable: true },
  ),
  simple('bin', [LONG], STRING, ([x]) =>
    bindOnce(
      [x!],
      (n) =>
        `CASE WHEN ${n} < 0 THEN bin(CAST(CAST(${n} AS HUGEINT) + 18446744073709551616 AS UBIGINT)) ELSE bin(${n}) END`,
    ),
  ),
  hex,
  simple(
    'unhex',
    [STRING],
    BINARY,
    ([x]) =>
      bindOnce(
        [x!],
        (text) =>
          `CASE WHEN regexp_full_match(${text}, '[0-9A-Fa-f]*') THEN from_hex(CASE WHEN length(${text}) % 2 = 1 THEN '0' || ${text} ELSE ${text} END) END`,
      ),
    { nullable: true },
  ),
  {
    name: 'bit_count',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('bit_count', given, 1)
      if (given[0]!.type.kind === 'string') throw wrongType('bit_count', 0, 'a whole number', given[0]!.type)
      const arg =
        given[0]!.type.kind === 'boolean'
          ? castTo(given[0]!, INTEGER, settings)
          : coerced('bit_count', given, 0, 'integral', settings)
      const wide = isIntegral(arg.type) ? castTo(arg, LONG, settings) : arg
      return { args: [wide], type: INTEGER, nullable: arg.nullable }
    },
    emit: ([x]) => `CAST(bit_count(${x}) AS INTEGER)`,
  },
  shift('shiftleft', (x, n) => low(`(${x} * ${two(n)})`, 96), ['<<']),
  shift('shiftright', (x, n) => `((${x} - ((${x} % ${two(n)} + ${two(n)}) % ${two(n)})) // ${two(n)})`, ['>>']),
  shift('shiftrightunsigned', (x, n, bits) => `${low(x, bits)} // ${two(n)}`, ['>>>']),
  tried('try_add', '+'),
  tried('try_subtract', '-'),
  tried('try_multiply', '*'),
  tried('try_divide', '/'),
  tried('try_mod', '%'),
  {
    name: 'rand',
    aliases: ['random'],
    kind: 'scalar',
    deterministic: false,
    resolve: (given) => {
      if (given.length > 0)
        throw unsupported('rand with a seed gives other numbers than Spark would; leave the seed out')
      return { args: [], type: DOUBLE, nullable: false }
    },
    emit: () => 'random()',
  },
  {
    name: 'uuid',
    kind: 'scalar',
    deterministic: false,
    resolve: (given) => {
      checkCount('uuid', given, 0)
      return { args: [], type: STRING, nullable: false }
    },
    emit: () => 'CAST(uuid() AS VARCHAR)',
  },
]
