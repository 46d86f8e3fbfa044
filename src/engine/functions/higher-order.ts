import type { Expression } from '../plan/expression.ts'
import { commonType } from '../types/coercion.ts'
import { array, BOOLEAN, type DataType, INTEGER, map, VOID } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { sameType } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'
import { typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { applied, lambdaOf, scopeOf } from './lambda.ts'
import { checkedMap } from './map.ts'
import { differentTypes, wrongType } from './refuse.ts'
import { checkCount } from './signature.ts'

type MapType = Extract<DataType, { kind: 'map' }>

const elementOf = (name: string, index: number, arg: Expression | undefined): DataType => {
  if (arg?.type.kind === 'array') return arg.type.element
  if (arg?.type.kind === 'void') return VOID
  throw wrongType(name, index, 'an array', arg?.type ?? VOID)
}

const mapOf = (name: string, index: number, arg: Expression | undefined): MapType => {
  if (arg?.type.kind === 'map') return arg.type
  if (arg?.type.kind === 'void') return map(VOID, VOID) as MapType
  throw wrongType(name, index, 'a map', arg?.type ?? VOID)
}

/** A bare NULL gets a type. */
const typed = (arg: Expression, type: DataType, settings: SqlSettings): Expression =>
  arg.type.kind === 'void' ? castTo(arg, type, settings) : arg

const overList = (
  name: string,
  withIndex: boolean,
  result: (body: Expression, list: Expression) => { readonly type: DataType; readonly nullable?: boolean },
  emit: (list: string, lambda: string, scope: string, call: Expression) => string,
  isCondition: boolean,
): SparkFunction => ({
  name,
  kind: 'scalar',
  lambdaTypes: (_, args, parameters) => {
    const element = elementOf(name, 0, args[0])
    return withIndex && parameters === 2 ? [element, INTEGER] : [element]
  },
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const list = typed(given[0]!, array(VOID), settings)
    elementOf(name, 0, list)
    const lambda = lambdaOf(name, given, 1)
    if (isCondition && lambda.body.type.kind !== 'boolean' && lambda.body.type.kind !== 'void')
      throw wrongType(name, 1, 'a lambda of a condition', lambda.body.type)
    const body = isCondition ? castTo(lambda.body, BOOLEAN, settings) : lambda.body
    const { type, nullable } = result(body, list)
    return { args: [list, { ...lambda, body, type: body.type }], type, nullable: nullable ?? list.nullable }
  },
  emit: ([list, lambda], call) => emit(list!, lambda!, scopeOf(call, 1), call),
})

/** DuckDB counts the places of a list from 1. */
const withPlace = (lambda: string, scope: string): string =>
  `lambda ${scope}, ${scope}i: ${applied(lambda, scope, `CAST(${scope}i - 1 AS INTEGER)`)}`

const isPair = (call: Expression): boolean => {
  const lambda = (call as { readonly args: readonly Expression[] }).args[1]
  return lambda?.kind === 'lambda' && lambda.parameters.length === 2
}

const transform = overList(
  'transform',
  true,
  (body) => ({ type: array(body.type, body.nullable) }),
  (list, lambda, scope, call) =>
    `CAST(list_transform(${list}, ${isPair(call) ? withPlace(lambda, scope) : lambda}) AS ${duckdbTypeOf(call.type)})`,
  false,
)

const filter = overList(
  'filter',
  true,
  (_, list) => ({ type: list.type }),
  (list, lambda, scope, call) => `list_filter(${list}, ${isPair(call) ? withPlace(lambda, scope) : lambda})`,
  true,
)

/** `sought` decides at once; without it one null makes the answer unknown. */
const quantified = (name: string, sought: boolean): SparkFunction =>
  overList(
    name,
    false,
    () => ({ type: BOOLEAN, nullable: true }),
    (list, lambda, scope) =>
      bindNames(
        `${scope}q`,
        [`CAST(list_transform(${list}, ${lambda}) AS BOOLEAN[])`],
        (answers) =>
          `CASE WHEN ${answers} IS NULL THEN NULL WHEN list_contains(${answers}, ${sought}) THEN ${sought} WHEN list_position(${answers}, NULL) IS NOT NULL THEN NULL ELSE ${!sought} END`,
      ),
    true,
  )

/** The value and the element go through the list together: DuckDB's list_reduce has one type for both. */
const aggregate: SparkFunction = {
  name: 'aggregate',
  aliases: ['reduce'],
  kind: 'scalar',
  lambdaTypes: (index, args) => {
    const start = args[1]!
    return index === 2 ? [start.type, elementOf('aggregate', 0, args[0])] : [(args[2]?.type ?? start.type) as DataType]
  },
  resolve: (given, settings): ResolvedCall => {
    checkCount('aggregate', given, 3, 4)
    const list = typed(given[0]!, array(VOID), settings)
    const merge = lambdaOf('aggregate', given, 2)
    const start = given[1]!
    if (!sameType(start.type, merge.body.type))
      throw wrongType('aggregate', 2, 'a lambda that gives the type of the start', merge.body.type)
    const finish = given.length > 3 ? lambdaOf('aggregate', given, 3) : undefined
    const type = finish ? finish.body.type : start.type
    return { args: [list, start, merge, ...(finish ? [finish] : [])], type, nullable: true }
  },
  emit: ([list, start, merge, finish], call) => {
    const scope = scopeOf(call, 2)
    const value = duckdbTypeOf(typeOfArgument(call, 1))
    const element = duckdbTypeOf(elementOf('aggregate', 0, (call as { readonly args: readonly Expression[] }).args[0]))
    const pairs = `list_transform(${list}, lambda ${scope}: struct_pack(a := CAST(NULL AS ${value}), x := CAST(${scope} AS ${element})))`
    const step = applied(merge!, `${scope}s.a`, `${scope}.x`)
    const first = `struct_pack(a := CAST(${start} AS ${value}), x := CAST(NULL AS ${element}))`
    const reduced = `(list_reduce(${pairs}, lambda ${scope}s, ${scope}: struct_pack(a := CAST(${step} AS ${value}), x := ${scope}.x), ${first})).a`
    if (finish === undefined) return reduced
    const name = `${scopeOf(call, 3)}f`
    return `CASE WHEN ${list} IS NOT NULL THEN list_transform([${reduced}], lambda ${name}: ${applied(finish, name)})[1] END`
  },
}

const zipWith: SparkFunction = {
  name: 'zip_with',
  kind: 'scalar',
  lambdaTypes: (_, args) => [elementOf('zip_with', 0, args[0]), elementOf('zip_with', 1, args[1])],
  resolve: (given, settings) => {
    checkCount('zip_with', given, 3)
    const lists = given.slice(0, 2).map((arg) => typed(arg, array(VOID), settings))
    const lambda = lambdaOf('zip_with', given, 2)
    if (lambda.parameters.length !== 2) throw wrongType('zip_with', 2, 'a lambda of two parameters', lambda.type)
    return {
      args: [...lists, lambda],
      type: array(lambda.body.type, lambda.body.nullable),
      nullable: lists.some((list) => list.nullable),
    }
  },
  emit: ([a, b, lambda], call) => {
    const scope = scopeOf(call, 2)
    return bindNames(
      `${scope}z`,
      [a!, b!],
      (x, y) =>
        `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN CAST(list_transform(range(1, greatest(len(${x}), len(${y})) + 1), lambda ${scope}: ${applied(lambda!, `${x}[${scope}]`, `${y}[${scope}]`)}) AS ${duckdbTypeOf(call.type)}) END`,
    )
  },
}

const overMap = (
  name: string,
  result: (type: MapType, body: Expression) => DataType,
  emit: (entries: string, lambda: (entry: string) => string, scope: string, type: DataType) => string,
  isCondition = false,
): SparkFunction => ({
  name,
  kind: 'scalar',
  lambdaTypes: (_, args) => {
    const { key, value } = mapOf(name, 0, args[0])
    return [key, value]
  },
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const source = typed(given[0]!, map(VOID, VOID), settings)
    const lambda = lambdaOf(name, given, 1)
    if (lambda.parameters.length !== 2) throw wrongType(name, 1, 'a lambda of two parameters', lambda.type)
    if (isCondition && lambda.body.type.kind !== 'boolean' && lambda.body.type.kind !== 'void')
      throw wrongType(name, 1, 'a lambda of a condition', lambda.body.type)
    const body = isCondition ? castTo(lambda.body, BOOLEAN, settings) : lambda.body
    return {
      args: [source, { ...lambda, body, type: body.type }],
      type: result(mapOf(name, 0, source), body),
      nullable: source.nullable,
    }
  },
  emit: ([source, lambda], call) => {
    const scope = scopeOf(call, 1)
    return emit(
      `map_entries(${source})`,
      (entry) => applied(lambda!, `${entry}.key`, `${entry}.value`),
      scope,
      call.type,
    )
  },
})

const asMap = (entries: string, type: DataType): string => `CAST(map_from_entries(${entries}) AS ${duckdbTypeOf(type)})`

const mapZipWith: SparkFunction = {
  name: 'map_zip_with',
  kind: 'scalar',
  lambdaTypes: (_, args) => {
    const [a, b] = [mapOf('map_zip_with', 0, args[0]), mapOf('map_zip_with', 1, args[1])]
    const key = commonType([a.key, b.key], { ansi: true })
    if (!key || (a.key.kind === 'string') !== (b.key.kind === 'string')) throw differentTypes('map_zip_with', [a, b])
    return [key, a.value, b.value]
  },
  resolve: (given, settings) => {
    checkCount('map_zip_with', given, 3)
    const lambda = lambdaOf('map_zip_with', given, 2)
    const key = lambda.parameters[0]!.type
    const maps = given.slice(0, 2).map((arg, index) => {
      const type = mapOf('map_zip_with', index, arg)
      return castTo(arg, { ...type, key }, settings)
    })
    return {
      args: [...maps, lambda],
      type: map(key, lambda.body.type, lambda.body.nullable),
      nullable: maps.some((one) => one.nullable),
    }
  },
  emit: ([a, b, lambda], call) => {
    const scope = scopeOf(call, 2)
    return bindNames(`${scope}z`, [a!, b!], (x, y) => {
      const keys = `list_concat(map_keys(${x}), list_filter(map_keys(${y}), lambda ${scope}: NOT list_contains(map_keys(${x}), ${scope})))`
      const value = applied(lambda!, scope, `map_extract(${x}, ${scope})[1]`, `map_extract(${y}, ${scope})[1]`)
      return `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${asMap(`list_transform(${keys}, lambda ${scope}: struct_pack(k := ${scope}, v := ${value}))`, call.type)} END`
    })
  },
}

export const HIGHER_ORDER: readonly SparkFunction[] = [
  transform,
  filter,
  quantified('exists', true),
  quantified('forall', false),
  aggregate,
  zipWith,
  overMap(
    'map_filter',
    (type) => type,
    (entries, body, scope, type) => asMap(`list_filter(${entries}, lambda ${scope}: ${body(scope)})`, type),
    true,
  ),
  overMap(
    'transform_values',
    (type, body) => map(type.key, body.type, body.nullable),
    (entries, body, scope, type) =>
      asMap(`list_transform(${entries}, lambda ${scope}: struct_pack(k := ${scope}.key, v := ${body(scope)}))`, type),
  ),
  overMap(
    'transform_keys',
    (type, body) => map(body.type, type.value, type.valueContainsNull),
    (entries, body, scope, type) =>
      checkedMap(
        `list_transform(${entries}, lambda ${scope}: struct_pack(k := ${body(scope)}, v := ${scope}.value))`,
        type,
        `${scope}k`,
      ),
  ),
  mapZipWith,
]
