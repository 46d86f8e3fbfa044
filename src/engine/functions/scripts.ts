import { userInfo } from 'node:os'
import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { Expected } from '../types/coercion.ts'
import { array, BINARY, type DataType, DOUBLE, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isInterval, isNumeric } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'
import { constantText, typeOfArgument } from './call-parts.ts'
import { castTo, literal } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { unsupported, wrongType } from './refuse.ts'
import { scriptCall, scripted, specOf } from './script/script-call.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

const hash = (name: string, script: string, type: DataType): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given) => {
    checkCount(name, given, 1, Number.POSITIVE_INFINITY)
    if (given.some((arg) => holdsMap(arg.type)))
      throw new SqlError('DATATYPE_MISMATCH.HASH_MAP_TYPE', `${name} takes no maps: equal maps could have other hashes`)
    return { args: given, type, nullable: false }
  },
  emit: scripted(script),
})

const holdsMap = (type: DataType): boolean =>
  type.kind === 'map' ||
  (type.kind === 'array' && holdsMap(type.element)) ||
  (type.kind === 'struct' && type.fields.some((field) => holdsMap(field.type)))

/** Arguments left out are given as texts or bytes, so that the script has all of them. */
const withDefaults = (
  name: string,
  script: string,
  parameters: readonly (readonly [Expected, Expression])[],
  least: number,
  options: { readonly volatile?: true; readonly nullable?: true } = {},
): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, least, parameters.length)
    const args = parameters.map(([expected, absent], index) =>
      given[index] === undefined ? absent : coerced(name, given, index, expected, settings),
    )
    return { args, type: BINARY, nullable: options.nullable === true || anyNullable(args) }
  },
  emit: scripted(script),
  ...(options.volatile && { deterministic: false as const }),
})

const NO_BYTES: Expression = literal(new Uint8Array(), BINARY)
const GCM = [STRING, literal('GCM', STRING)] as const
const DEFAULT = [STRING, literal('DEFAULT', STRING)] as const
const BYTES = [BINARY, NO_BYTES] as const

const PARTITION = "coalesce(CAST(getvariable('bellows_partition') AS INTEGER), 0)"

const widthBucket: SparkFunction = {
  name: 'width_bucket',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('width_bucket', given, 4)
    const count = coerced('width_bucket', given, 3, LONG, settings)
    const { type } = given[0]!
    const values = isInterval(type)
      ? given.slice(0, 3)
      : given.slice(0, 3).map((_, index) => coerced('width_bucket', given, index, DOUBLE, settings))
    const other = values.find((value) => value.type.kind !== values[0]!.type.kind)
    if (other) throw wrongType('width_bucket', 1, 'of the type of the value', other.type)
    return { args: [...values, count], type: LONG, nullable: true }
  },
  emit: ([value, low, high, count]) =>
    bindNames(
      'wb',
      [value!, low!, high!, count!].map((sql, index) => (index < 3 ? `CAST(${sql} AS DOUBLE)` : sql)),
      (v, a, b, n) => {
        const bad = `${n} <= 0 OR ${n} = 9223372036854775807 OR isnan(${v}) OR ${a} = ${b} OR isnan(${a}) OR isnan(${b}) OR isinf(${a}) OR isinf(${b})`
        const [lowest, highest] = [`least(${a}, ${b})`, `greatest(${a}, ${b})`]
        const inside = `CAST(trunc(${n} * (${v} - ${lowest}) / (${highest} - ${lowest})) + 1 AS BIGINT)`
        const reverse = `CAST(trunc(${n} * (${highest} - ${v}) / (${highest} - ${lowest})) + 1 AS BIGINT)`
        const up = `CASE WHEN ${v} < ${a} THEN 0 WHEN ${v} >= ${b} THEN ${n} + 1 ELSE ${inside} END`
        const down = `CASE WHEN ${v} > ${a} THEN 0 WHEN ${v} <= ${b} THEN ${n} + 1 ELSE ${reverse} END`
        const nulls = [v, a, b, n].map((one) => `${one} IS NULL`).join(' OR ')
        return `CASE WHEN ${nulls} THEN NULL WHEN ${bad} THEN NULL WHEN ${a} < ${b} THEN ${up} ELSE ${down} END`
      },
    ),
}

const shuffle: SparkFunction = {
  name: 'shuffle',
  kind: 'scalar',
  deterministic: false,
  resolve: (given, settings) => {
    checkCount('shuffle', given, 1, 2)
    const { type, nullable } = given[0]!
    if (type.kind !== 'array') throw wrongType('shuffle', 0, 'an array', type)
    if (given[1]) coerced('shuffle', given, 1, LONG, settings)
    // The order that a seed gives is Spark's own; any is allowed.
    return { args: [given[0]!], type, nullable }
  },
  emit: scripted('shuffle'),
}

const uniform: SparkFunction = {
  name: 'uniform',
  kind: 'scalar',
  deterministic: false,
  resolve: (given, settings) => {
    checkCount('uniform', given, 2, 3)
    const other = given.slice(0, 2).findIndex(({ type }) => !isNumeric(type) && type.kind !== 'void')
    if (other >= 0) throw wrongType('uniform', other, 'a number', given[other]!.type)
    if (given.some((arg) => arg.kind === 'attribute'))
      throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', 'The bounds of uniform are constants')
    const [low, high] = given as [Expression, Expression]
    const rank = ['void', 'byte', 'short', 'integer', 'long', 'decimal', 'float', 'double']
    const type = rank.indexOf(low.type.kind) >= rank.indexOf(high.type.kind) ? low.type : high.type
    return {
      args: [castTo(low, type, settings), castTo(high, type, settings)],
      type,
      nullable: anyNullable(given.slice(0, 2)),
    }
  },
  emit: ([low, high], call) => {
    const type = duckdbTypeOf(call.type)
    const whole = /INT/.test(type)
    const value = `CAST(${low} AS DOUBLE) + random() * (CAST(${high} AS DOUBLE) - CAST(${low} AS DOUBLE))`
    return `CAST(${whole ? `floor(${value})` : value} AS ${type})`
  },
}

const collate: SparkFunction = {
  name: 'collate',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('collate', given, 2)
    const name = constantText(given[1])
      ?.toUpperCase()
      .replace(/^SYSTEM\.BUILTIN\./, '')
    if (name !== 'UTF8_BINARY') {
      if (name !== undefined && !/^(UTF8_LCASE|UNICODE|[A-Z]{2,3}(_[A-Z]+)*)(_(CI|AI|CS|AS|RTRIM))*$/.test(name))
        throw new SqlError('COLLATION_INVALID_NAME', `There is no collation ${name}`)
      throw unsupported('Texts have the collation UTF8_BINARY here')
    }
    const text = coerced('collate', given, 0, STRING, settings)
    return { args: [text], type: STRING, nullable: text.nullable }
  },
  emit: ([text]) => text!,
}

const collation: SparkFunction = {
  name: 'collation',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('collation', given, 1)
    if (given[0]!.type.kind !== 'string') throw wrongType('collation', 0, 'a text', given[0]!.type)
    return { args: given, type: STRING, nullable: false }
  },
  emit: () => "'SYSTEM.BUILTIN.UTF8_BINARY'",
}

/** Whose process the driver is. Source: Spark's UserGroupInformation. */
const userName = (): string => process.env.SPARK_USER ?? userInfo().username

const text = (name: string, value: string, aliases: readonly string[] = []): SparkFunction =>
  simple(name, [], STRING, () => value, { aliases })

const noTime = (name: string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: () => {
    throw new SqlError('UNSUPPORTED_TIME_TYPE', 'The data type TIME is not supported')
  },
  emit: () => 'NULL',
})

/** Functions of JavaScript, and the small ones beside them. */
export const SCRIPT_FUNCTIONS: readonly SparkFunction[] = [
  hash('hash', 'murmur', INTEGER),
  hash('xxhash64', 'xxhash', LONG),
  simple('conv', [STRING, INTEGER, INTEGER], STRING, scripted('conv'), { nullable: true }),
  simple('parse_url', [STRING, STRING, STRING], STRING, scripted('parseurl'), { optional: 1, nullable: true }),
  simple('try_parse_url', [STRING, STRING, STRING], STRING, scripted('tryparseurl'), { optional: 1, nullable: true }),
  simple('sentences', [STRING, STRING, STRING], array(array(STRING, false), false), scripted('sentences'), {
    optional: 2,
  }),
  simple('expm1', [DOUBLE], DOUBLE, scripted('expm1')),
  simple('log1p', [DOUBLE], DOUBLE, scripted('log1p'), { nullable: true }),
  {
    ...simple(
      'randn',
      [LONG],
      DOUBLE,
      (_, call, settings) => scriptCall('randn', [], { ...specOf(call, settings), args: [] }),
      {
        optional: 1,
        deterministic: false,
      },
    ),
    resolve: (given) => {
      if (given.length > 0)
        throw unsupported('randn with a seed gives other numbers than Spark would; leave the seed out')
      return { args: [], type: DOUBLE, nullable: false }
    },
  },
  {
    ...simple(
      'randstr',
      [INTEGER, LONG],
      STRING,
      ([length], call, settings) =>
        scriptCall('randstr', [length!], { ...specOf(call, settings), args: [typeOfArgument(call, 0)] }),
      { optional: 1, deterministic: false },
    ),
  },
  shuffle,
  uniform,
  simple('spark_partition_id', [], INTEGER, () => PARTITION, { deterministic: false }),
  simple(
    'monotonically_increasing_id',
    [],
    LONG,
    (_, call, settings) =>
      scriptCall('monotonicid', [PARTITION, 'CAST(txid_current() AS BIGINT)'], {
        ...specOf(call, settings),
        args: [INTEGER, LONG],
      }),
    { deterministic: false },
  ),
  widthBucket,
  withDefaults('aes_encrypt', 'aesencrypt', [[BINARY, NO_BYTES], [BINARY, NO_BYTES], GCM, DEFAULT, BYTES, BYTES], 2, {
    volatile: true,
  }),
  withDefaults('aes_decrypt', 'aesdecrypt', [[BINARY, NO_BYTES], [BINARY, NO_BYTES], GCM, DEFAULT, BYTES], 2),
  withDefaults('try_aes_decrypt', 'tryaesdecrypt', [[BINARY, NO_BYTES], [BINARY, NO_BYTES], GCM, DEFAULT, BYTES], 2, {
    nullable: true,
  }),
  collate,
  collation,
  text('current_catalog', "'spark_catalog'"),
  text('current_database', "'default'", ['current_schema']),
  simple('current_user', [], STRING, () => quoteText(userName()), { aliases: ['user', 'session_user'] }),
  text('version', "'4.1.1 bellows'"),
  ...['make_time', 'to_time', 'try_to_time', 'time_diff', 'time_trunc'].map(noTime),
]
