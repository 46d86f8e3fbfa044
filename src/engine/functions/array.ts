import type { Expression } from '../plan/expression.ts'
import { commonType } from '../types/coercion.ts'
import { array, BOOLEAN, type DataType, INTEGER, LONG, STRING, VOID } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isComplex, isIntegral, isOrderable, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindNames } from './bind-names.ts'
import { typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { raise } from './raise.ts'
import { differentTypes, unsupported, wrongType } from './refuse.ts'
import { anyNullable, checkCount, coerced, unified } from './signature.ts'

type ArrayType = Extract<DataType, { kind: 'array' }>

const arrayOf = (name: string, index: number, arg: Expression): ArrayType => {
  if (arg.type.kind !== 'array') throw wrongType(name, index, 'an array', arg.type)
  return arg.type
}

/** NULL as an argument is an array of nothing. */
const asArray = (arg: Expression, settings: SqlSettings): Expression =>
  arg.type.kind === 'void' ? castTo(arg, array(VOID), settings) : arg

interface Definition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly least: number
  readonly most?: number
  readonly resolve: (args: readonly Expression[], settings: SqlSettings) => ResolvedCall
  readonly emit: SparkFunction['emit']
}

const define = ({ name, aliases, least, most, resolve, emit }: Definition): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, least, most ?? least)
    return resolve(given, settings)
  },
  emit,
})

/** Over one array; the result from its type. */
const unary = (
  name: string,
  result: (type: ArrayType) => DataType,
  emit: (list: string, type: ArrayType) => string,
  nullable = false,
): SparkFunction =>
  define({
    name,
    least: 1,
    resolve: ([arg], settings) => {
      const list = asArray(arg!, settings)
      return { args: [list], type: result(arrayOf(name, 0, list)), nullable: nullable || list.nullable }
    },
    emit: ([list], call) => emit(list!, typeOfArgument(call, 0) as ArrayType),
  })

const ARRAY_DIFF = 'DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES'

/**
 * The type of elements that are put together: numbers widen, but to no decimal, and nothing becomes a text. Source:
 * Spark's findWiderTypeWithoutStringPromotion and findTightestCommonType.
 */
const elementType = (a: DataType, b: DataType, settings: SqlSettings): DataType | undefined => {
  if (a.kind === 'void' || b.kind === 'void' || sameType(a, b)) return commonType([a, b], settings)
  const mixes = (kind: DataType['kind']) => a.kind === kind || b.kind === kind
  return mixes('decimal') || mixes('string') ? undefined : commonType([a, b], settings)
}

/** An array and a value of its elements' type. */
const withElement = (
  name: string,
  given: readonly Expression[],
  settings: SqlSettings,
): readonly [Expression, Expression] => {
  const type = arrayOf(name, 0, given[0]!)
  const value = given[1]!.type
  if (value.kind === 'void' && name === 'array_contains')
    throw wrongType(name, 1, 'a typed value, not a bare NULL', value)
  const text = (type.element.kind === 'string') !== (value.kind === 'string') && type.element.kind !== 'void'
  const element =
    name === 'array_contains'
      ? text
        ? undefined
        : commonType([type.element, value], settings)
      : elementType(type.element, value, settings)
  if (!element) throw differentTypes(name, [type, value], ARRAY_DIFF)
  return [castTo(given[0]!, array(element, type.containsNull), settings), castTo(given[1]!, element, settings)]
}

/** Zero and minus zero are one to Spark's comparisons and to DuckDB's; what prints may be either. */
const plainElement = (name: string, type: DataType): void => {
  if (isComplex(type))
    throw unsupported(
      `${name} of elements of type ${sqlTypeName(type)} is not computed: nulls inside compare otherwise here`,
    )
}

const size = (name: string, aliases?: readonly string[]): SparkFunction =>
  define({
    name,
    ...(aliases && { aliases }),
    least: 1,
    resolve: ([given], settings) => {
      const arg = asArray(given!, settings)
      const { type } = arg
      if (type.kind !== 'array' && (type.kind !== 'map' || name === 'array_size'))
        throw wrongType(name, 0, name === 'array_size' ? 'an array' : 'an array or a map', type)
      return { args: [arg], type: INTEGER, nullable: arg.nullable }
    },
    emit: ([value], call) =>
      `CAST(${typeOfArgument(call, 0).kind === 'map' ? 'cardinality' : 'len'}(${value}) AS INTEGER)`,
  })

const extreme = (name: 'array_max' | 'array_min'): SparkFunction =>
  define({
    name,
    least: 1,
    resolve: ([given], settings) => {
      const arg = asArray(given!, settings)
      const type = arrayOf(name, 0, arg)
      if (!isOrderable(type.element)) throw wrongType(name, 0, 'an array of a type with an order', type)
      plainElement(name, type.element)
      return { args: [arg], type: type.element, nullable: true }
    },
    emit: ([list]) => (name === 'array_max' ? `list_max(${list})` : `list_min(${list})`),
  })

/** Keeps the first of equal elements, null being equal to null. */
const distinctSql = (list: string): string =>
  bindNames(
    'ds',
    [list],
    (l) =>
      `CASE WHEN ${l} IS NULL THEN NULL WHEN len(${l}) = 0 THEN ${l} ELSE list_filter(${l}, lambda item, place: list_position(${l}, item) = place) END`,
  )

const orderNulls = (name: string, type: ArrayType): void => {
  if (!isOrderable(type.element)) throw wrongType(name, 0, 'an array of a type with an order', type)
  plainElement(name, type.element)
}

const sortArray = define({
  name: 'sort_array',
  least: 1,
  most: 2,
  resolve: (given, settings) => {
    const list = asArray(given[0]!, settings)
    orderNulls('sort_array', arrayOf('sort_array', 0, list))
    const args = given.length === 1 ? [list] : [list, coerced('sort_array', given, 1, BOOLEAN, settings)]
    return { args, type: list.type, nullable: anyNullable(args) }
  },
  emit: ([list, ascending]) => {
    if (ascending === undefined) return `list_sort(${list}, 'ASC', 'NULLS FIRST')`
    return `CASE WHEN ${ascending} THEN list_sort(${list}, 'ASC', 'NULLS FIRST') WHEN NOT (${ascending}) THEN list_sort(${list}, 'DESC', 'NULLS LAST') END`
  },
})

const arraySort = define({
  name: 'array_sort',
  least: 1,
  most: 2,
  resolve: (given) => {
    if (given.length === 2)
      throw unsupported('array_sort with a comparator is not computed here; sort_array sorts by the elements')
    const list = given[0]!
    orderNulls('array_sort', arrayOf('array_sort', 0, list))
    return { args: [list], type: list.type, nullable: list.nullable }
  },
  emit: ([list]) => `list_sort(${list}, 'ASC', 'NULLS LAST')`,
})

const contains = define({
  name: 'array_contains',
  least: 2,
  resolve: (given, settings) => {
    const [list, item] = withElement('array_contains', given, settings)
    plainElement('array_contains', item.type)
    return { args: [list, item], type: BOOLEAN, nullable: true }
  },
  // Not found among nulls: unknown.
  emit: ([list, item]) =>
    bindNames(
      'ac',
      [list!, item!],
      (l, x) =>
        `CASE WHEN ${l} IS NULL OR ${x} IS NULL THEN NULL WHEN list_contains(${l}, ${x}) THEN true WHEN list_position(${l}, NULL) IS NOT NULL THEN NULL ELSE false END`,
    ),
})

const position = define({
  name: 'array_position',
  least: 2,
  resolve: (given, settings) => {
    const [list, item] = withElement('array_position', given, settings)
    plainElement('array_position', item.type)
    return { args: [list, item], type: LONG, nullable: anyNullable([list, item]) }
  },
  emit: ([list, item]) =>
    bindNames(
      'ap',
      [list!, item!],
      (l, x) =>
        `CASE WHEN ${l} IS NULL OR ${x} IS NULL THEN NULL ELSE CAST(coalesce(list_position(${l}, ${x}), 0) AS BIGINT) END`,
    ),
})

const remove = define({
  name: 'array_remove',
  least: 2,
  resolve: (given, settings) => {
    const [list, item] = withElement('array_remove', given, settings)
    plainElement('array_remove', item.type)
    return { args: [list, item], type: list.type, nullable: anyNullable([list, item]) }
  },
  emit: ([list, item]) =>
    bindNames(
      'ar',
      [list!, item!],
      (l, x) => `CASE WHEN ${x} IS NULL THEN NULL ELSE list_filter(${l}, lambda item: item IS DISTINCT FROM ${x}) END`,
    ),
})

/** append, prepend: null is an element like others, a null array stays null. */
const added = (name: string, emit: (list: string, item: string) => string): SparkFunction =>
  define({
    name,
    least: 2,
    resolve: (given, settings) => {
      const type = arrayOf(name, 0, given[0]!)
      const element = elementType(type.element, given[1]!.type, settings)
      if (!element) throw differentTypes(name, [type, given[1]!.type], ARRAY_DIFF)
      const args = [
        castTo(given[0]!, array(element, type.containsNull), settings),
        castTo(given[1]!, element, settings),
      ]
      return { args, type: array(element, type.containsNull || given[1]!.nullable), nullable: args[0]!.nullable }
    },
    emit: ([list, item]) => bindNames('aa', [list!], (l) => `CASE WHEN ${l} IS NOT NULL THEN ${emit(l, item!)} END`),
  })

/** Two arrays of one element type. */
const pairOf = (name: string, given: readonly Expression[], settings: SqlSettings): readonly Expression[] => {
  const types = given.map((arg) => arg.type)
  const [a, b] = types
  const element = a!.kind === 'array' && b!.kind === 'array' && elementType(a.element, b.element, settings)
  if (!element) throw differentTypes(name, types, 'DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES')
  for (const [index, list] of given.entries()) plainElement(name, arrayOf(name, index, list).element)
  return unified(name, given, settings).args
}

const setOperation = (name: string, emit: (a: string, b: string) => string): SparkFunction =>
  define({
    name,
    least: 2,
    resolve: (given, settings) => {
      const args = pairOf(name, given, settings)
      return { args, type: args[0]!.type, nullable: anyNullable(args) }
    },
    emit: ([a, b]) =>
      bindNames('so', [a!, b!], (x, y) => `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL ELSE ${emit(x, y)} END`),
  })

const overlap = define({
  name: 'arrays_overlap',
  least: 2,
  resolve: (given, settings) => ({ args: pairOf('arrays_overlap', given, settings), type: BOOLEAN, nullable: true }),
  emit: ([a, b]) =>
    bindNames('ao', [a!, b!], (x, y) => {
      const hasNull = (list: string) => `list_position(${list}, NULL) IS NOT NULL`
      const common = `len(list_filter(${x}, lambda item: item IS NOT NULL AND list_contains(${y}, item))) > 0`
      return `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN ${common} THEN true WHEN len(${x}) > 0 AND len(${y}) > 0 AND (${hasNull(x)} OR ${hasNull(y)}) THEN NULL ELSE false END`
    }),
})

/** Counted from 1; from the end when negative. A start outside gives nothing. */
const slice = define({
  name: 'slice',
  least: 3,
  resolve: (given, settings) => {
    arrayOf('slice', 0, given[0]!)
    const args = [
      given[0]!,
      coerced('slice', given, 1, INTEGER, settings),
      coerced('slice', given, 2, INTEGER, settings),
    ]
    return { args, type: given[0]!.type, nullable: anyNullable(args) }
  },
  emit: ([list, start, length]) =>
    bindNames('sl', [list!, start!, length!], (l, s, n) => {
      const zero = raise(
        'INVALID_PARAMETER_VALUE.START',
        'The start of slice must be positive or negative, not 0; elements count from 1',
      )
      const negative = raise('INVALID_PARAMETER_VALUE.LENGTH', 'The length of slice must be 0 or more')
      const from = `CASE WHEN ${s} < 0 THEN len(${l}) + ${s} + 1 ELSE ${s} END`
      return `CASE WHEN ${l} IS NULL OR ${s} IS NULL OR ${n} IS NULL THEN NULL WHEN ${s} = 0 THEN ${zero} WHEN ${n} < 0 THEN ${negative} WHEN ${from} < 1 THEN list_slice(${l}, 1, 0) ELSE list_slice(${l}, ${from}, CAST(${from} AS BIGINT) + ${n} - 1) END`
    }),
})

/** The item gets place `p`; nulls fill what lies between. Negative places count from the end, -1 being behind the last. */
const insert = define({
  name: 'array_insert',
  least: 3,
  resolve: (given, settings) => {
    const type = arrayOf('array_insert', 0, given[0]!)
    const element = elementType(type.element, given[2]!.type, settings)
    if (!element) throw differentTypes('array_insert', [type, given[2]!.type], ARRAY_DIFF)
    if (!isIntegral(given[1]!.type)) throw wrongType('array_insert', 1, 'a whole number', given[1]!.type)
    const args = [
      castTo(given[0]!, array(element), settings),
      coerced('array_insert', given, 1, INTEGER, settings),
      castTo(given[2]!, element, settings),
    ]
    return { args, type: array(element), nullable: args[0]!.nullable || args[1]!.nullable }
  },
  emit: ([list, place, item], call) => {
    const type = duckdbTypeOf(call.type)
    return bindNames('ai', [list!, place!, item!], (l, p, x) => {
      const zero = raise(
        'INVALID_INDEX_OF_ZERO',
        'The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).',
      )
      const nulls = (count: string) => `CAST(list_transform(range(0, ${count}), lambda filler: NULL) AS ${type})`
      const one = `CAST([${x}] AS ${type})`
      const at = `CASE WHEN ${p} > 0 THEN ${p} ELSE len(${l}) + ${p} + 2 END`
      const inside = `list_concat(list_concat(list_slice(${l}, 1, (${at}) - 1), ${one}), list_slice(${l}, ${at}, len(${l})))`
      const behind = `list_concat(list_concat(${l}, ${nulls(`${p} - 1 - len(${l})`)}), ${one})`
      const before = `list_concat(list_concat(${one}, ${nulls(`-${p} - 1 - len(${l})`)}), ${l})`
      return `CASE WHEN ${l} IS NULL OR ${p} IS NULL THEN NULL WHEN ${p} = 0 THEN ${zero} WHEN ${p} > len(${l}) + 1 THEN ${behind} WHEN -${p} > len(${l}) + 1 THEN ${before} ELSE ${inside} END`
    })
  },
})

const repeat = define({
  name: 'array_repeat',
  least: 2,
  resolve: (given, settings) => {
    const { type } = given[1]!
    if (!isIntegral(type) && type.kind !== 'void') throw wrongType('array_repeat', 1, 'a whole number', type)
    const args = [given[0]!, coerced('array_repeat', given, 1, INTEGER, settings)]
    return { args, type: array(given[0]!.type, given[0]!.nullable), nullable: args[1]!.nullable }
  },
  emit: ([item, count], call) =>
    bindNames(
      'rp',
      [item!, count!],
      (x, n) =>
        `CASE WHEN ${n} IS NOT NULL THEN CAST(list_transform(range(0, ${n}), lambda place: ${x}) AS ${duckdbTypeOf(call.type)}) END`,
    ),
})

/** Texts of the elements that are not null; a replacement stands for nulls. */
const join = define({
  name: 'array_join',
  least: 2,
  most: 3,
  resolve: (given, settings) => {
    const list = asArray(given[0]!, settings)
    const type = arrayOf('array_join', 0, list)
    if (isComplex(type.element)) throw wrongType('array_join', 0, 'an array of texts', type)
    const other = given.findIndex((arg, index) => index > 0 && arg.type.kind !== 'string' && arg.type.kind !== 'void')
    if (other > 0) throw wrongType('array_join', other, 'a text', given[other]!.type)
    const args = given.map((_, index) =>
      index === 0 ? castTo(list, array(STRING), settings) : coerced('array_join', given, index, STRING, settings),
    )
    return { args, type: STRING, nullable: anyNullable(args) }
  },
  emit: ([list, delimiter, replacement]) =>
    bindNames('aj', [list!, delimiter!, ...(replacement === undefined ? [] : [replacement])], (l, d, r) => {
      const words =
        r === undefined
          ? `list_filter(${l}, lambda word: word IS NOT NULL)`
          : `list_transform(${l}, lambda word: coalesce(word, ${r}))`
      const known = [l, d, ...(r === undefined ? [] : [r])].map((sql) => `${sql} IS NULL`).join(' OR ')
      return `CASE WHEN ${known} THEN NULL WHEN len(${words}) = 0 THEN '' ELSE list_reduce(${words}, lambda done, word: done || ${d} || word) END`
    }),
})

const flatten = define({
  name: 'flatten',
  least: 1,
  resolve: ([arg]) => {
    const type = arrayOf('flatten', 0, arg!)
    if (type.element.kind !== 'array') throw wrongType('flatten', 0, 'an array of arrays', type)
    return { args: [arg!], type: type.element, nullable: true }
  },
  emit: ([list]) =>
    bindNames('fl', [list!], (l) => `CASE WHEN list_position(${l}, NULL) IS NULL THEN flatten(${l}) END`),
})

const create = define({
  name: 'array',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  resolve: (given, settings) => {
    if (given.length === 0) return { args: [], type: array(VOID, false), nullable: false }
    const { args, type } = unified('array', given, settings)
    return { args, type: array(type, anyNullable(args)), nullable: false }
  },
  emit: (items, call) => `CAST([${items.join(', ')}] AS ${duckdbTypeOf(call.type)})`,
})

export const ARRAY: readonly SparkFunction[] = [
  create,
  size('size', ['cardinality']),
  size('array_size'),
  extreme('array_max'),
  extreme('array_min'),
  sortArray,
  arraySort,
  contains,
  position,
  remove,
  added('array_append', (l, x) => `list_append(${l}, ${x})`),
  added('array_prepend', (l, x) => `list_prepend(${x}, ${l})`),
  unary(
    'array_distinct',
    (type) => {
      plainElement('array_distinct', type.element)
      return type
    },
    distinctSql,
  ),
  unary(
    'array_compact',
    (type) => array(type.element, false),
    (l) => `list_filter(${l}, lambda item: item IS NOT NULL)`,
  ),
  setOperation('array_union', (a, b) => distinctSql(`list_concat(${a}, ${b})`)),
  setOperation('array_intersect', (a, b) =>
    distinctSql(`list_filter(${a}, lambda item: list_position(${b}, item) IS NOT NULL)`),
  ),
  setOperation('array_except', (a, b) =>
    distinctSql(`list_filter(${a}, lambda item: list_position(${b}, item) IS NULL)`),
  ),
  overlap,
  slice,
  insert,
  repeat,
  join,
  flatten,
]
