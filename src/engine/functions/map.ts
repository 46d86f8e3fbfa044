import { quoteName } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { commonType } from '../types/coercion.ts'
import { array, BOOLEAN, type DataType, map, STRING, type StructField, struct, VOID } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { differentTypes, wrongType } from './refuse.ts'
import { anyNullable, checkCount, unified } from './signature.ts'

type MapType = Extract<DataType, { kind: 'map' }>

const mapOf = (name: string, index: number, arg: Expression): MapType => {
  if (arg.type.kind !== 'map') throw wrongType(name, index, 'a map', arg.type)
  return arg.type
}

const NULL_KEY = raise('NULL_MAP_KEY', 'Cannot use null as map key')
const DUPLICATE = raise(
  'DUPLICATED_MAP_KEY',
  'Duplicate map key was found, please check the input data. If you want to remove the duplicated keys, group them first',
)

/** SQL of a map of a list of structs (k, v): null keys and repeated keys are errors, as Spark has it by default. */
export const checkedMap = (entries: string, type: DataType, scope: string): string =>
  bindNames(scope, [entries], (list) => {
    const keys = `list_transform(${list}, lambda ${scope}e: ${scope}e.k)`
    return `CASE WHEN ${list} IS NULL THEN NULL WHEN list_position(${keys}, NULL) IS NOT NULL THEN ${NULL_KEY} WHEN len(list_distinct(${keys})) < len(${keys}) THEN ${DUPLICATE} ELSE CAST(map_from_entries(${list}) AS ${duckdbTypeOf(type)}) END`
  })

/** Keys of one type, values of one type. A key is no map. */
const create: SparkFunction = {
  name: 'map',
  kind: 'scalar',
  resolve: (given, settings) => {
    if (given.length % 2 === 1)
      throw new SqlError(
        'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
        `map takes pairs of keys and values, ${given.length} arguments were given`,
      )
    if (given.length === 0) return { args: [], type: map(VOID, VOID, false), nullable: false }
    const keys = unified(
      'map',
      given.filter((_, index) => index % 2 === 0),
      settings,
    )
    const values = unified(
      'map',
      given.filter((_, index) => index % 2 === 1),
      settings,
    )
    if (keys.type.kind === 'map')
      throw new SqlError('DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE', 'The key of a map cannot be a map')
    return {
      args: keys.args.flatMap((key, index) => [key, values.args[index]!]),
      type: map(keys.type, values.type, anyNullable(values.args)),
      nullable: false,
    }
  },
  emit: (args, call) => {
    const type = duckdbTypeOf(call.type)
    if (args.length === 0) return `CAST(MAP {} AS ${type})`
    const { key, value } = call.type as MapType
    const entries = args.flatMap((sql, index) =>
      index % 2 === 1
        ? []
        : [
            `struct_pack(k := CAST(${sql} AS ${duckdbTypeOf(key)}), v := CAST(${args[index + 1]} AS ${duckdbTypeOf(value)}))`,
          ],
    )
    return checkedMap(`[${entries.join(', ')}]`, call.type, 'mc')
  },
}

const fromArrays: SparkFunction = {
  name: 'map_from_arrays',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('map_from_arrays', given, 2)
    const lists = given.map((arg) => (arg.type.kind === 'void' ? castTo(arg, array(VOID), settings) : arg))
    const [keys, values] = lists.map((arg, index) => {
      if (arg.type.kind !== 'array') throw wrongType('map_from_arrays', index, 'an array', arg.type)
      return arg.type
    })
    return {
      args: lists,
      type: map(keys!.element, values!.element, values!.containsNull),
      nullable: anyNullable(lists),
    }
  },
  emit: ([keys, values], call) =>
    bindNames('ma', [keys!, values!], (k, v) => {
      const lengths = raise(
        '_LEGACY_ERROR_TEMP_2128',
        'The key array and value array of MapData must have the same length',
      )
      const entries = `list_transform(range(1, len(${k}) + 1), lambda place: struct_pack(k := ${k}[place], v := ${v}[place]))`
      return `CASE WHEN ${k} IS NULL OR ${v} IS NULL THEN NULL WHEN len(${k}) <> len(${v}) THEN ${lengths} ELSE ${checkedMap(entries, call.type, 'mb')} END`
    }),
}

const fromEntries: SparkFunction = {
  name: 'map_from_entries',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('map_from_entries', given, 1)
    const { type } = given[0]!
    if (type.kind !== 'array' || type.element.kind !== 'struct' || type.element.fields.length !== 2)
      throw wrongType('map_from_entries', 0, 'an array of pairs', type)
    const [key, value] = type.element.fields
    return { args: given, type: map(key!.type, value!.type, value!.nullable), nullable: true }
  },
  emit: ([list], call) => {
    const type = typeOfArgument(call, 0)
    const [key, value] = type.kind === 'array' && type.element.kind === 'struct' ? type.element.fields : []
    const field = ({ name }: StructField) => `struct_extract(pair, '${name.replaceAll("'", "''")}')`
    const entries = `list_transform(${list}, lambda pair: struct_pack(k := ${field(key!)}, v := ${field(value!)}))`
    return bindNames(
      'mf',
      [list!],
      (l) =>
        `CASE WHEN list_position(${l}, NULL) IS NULL THEN ${checkedMap(entries.replace(list!, l), call.type, 'mg')} END`,
    )
  },
}

const concat: SparkFunction = {
  name: 'map_concat',
  kind: 'scalar',
  resolve: (given, settings) => {
    if (given.length === 0) return { args: [], type: map(STRING, STRING, false), nullable: false }
    for (const [index, arg] of given.entries()) if (arg.type.kind !== 'void') mapOf('map_concat', index, arg)
    const { args, type } = unified('map_concat', given, settings)
    return { args, type, nullable: anyNullable(args) }
  },
  emit: (args, call) => {
    if (args.length === 0) return 'CAST(MAP {} AS MAP(VARCHAR, VARCHAR))'
    return bindNames('mm', args, (...maps) => {
      const entries = `flatten([${maps.map((one) => `map_entries(${one})`).join(', ')}])`
      const pairs = `list_transform(${entries}, lambda pair: struct_pack(k := pair.key, v := pair.value))`
      return `CASE WHEN ${maps.map((one) => `${one} IS NULL`).join(' OR ')} THEN NULL ELSE ${checkedMap(pairs, call.type, 'mn')} END`
    })
  },
}

const containsKey: SparkFunction = {
  name: 'map_contains_key',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('map_contains_key', given, 2)
    const type = mapOf('map_contains_key', 0, given[0]!)
    if (given[1]!.type.kind === 'void')
      throw wrongType('map_contains_key', 1, 'a typed value, not a bare NULL', given[1]!.type)
    const key = commonType([type.key, given[1]!.type], settings)
    if (!key || (type.key.kind === 'string') !== (given[1]!.type.kind === 'string'))
      throw differentTypes('map_contains_key', [type, given[1]!.type])
    const args = [castTo(given[0]!, { ...type, key }, settings), castTo(given[1]!, key, settings)]
    return { args, type: BOOLEAN, nullable: anyNullable(args) }
  },
  emit: ([source, key]) =>
    bindNames(
      'mk',
      [source!, key!],
      (m, k) => `CASE WHEN ${m} IS NOT NULL AND ${k} IS NOT NULL THEN list_contains(map_keys(${m}), ${k}) END`,
    ),
}

const part = (name: string, result: (type: MapType) => DataType): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const arg = given[0]!.type.kind === 'void' ? castTo(given[0]!, map(VOID, VOID), settings) : given[0]!
    return { args: [arg], type: result(mapOf(name, 0, arg)), nullable: arg.nullable }
  },
  emit: ([source]) => `${name}(${source})`,
})

const namedStruct: SparkFunction = {
  name: 'named_struct',
  kind: 'scalar',
  resolve: (given) => {
    if (given.length === 0 || given.length % 2 === 1)
      throw new SqlError(
        'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
        `named_struct takes pairs of names and values, ${given.length} arguments were given`,
      )
    const fields = given.flatMap((arg, index): readonly StructField[] => {
      if (index % 2 === 1) return []
      const name = constantText(arg)
      if (name === undefined)
        throw new SqlError(
          'DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING',
          'The names of named_struct must be constant texts',
        )
      const value = given[index + 1]!
      return [{ name, type: value.type, nullable: value.nullable }]
    })
    return { args: given, type: struct(fields), nullable: false }
  },
  emit: (args, call) => {
    const { fields } = call.type as Extract<DataType, { kind: 'struct' }>
    const type = duckdbTypeOf(call.type)
    const packed = `struct_pack(${fields.map((field, index) => `${quoteName(field.name)} := ${args[index * 2 + 1]}`).join(', ')})`
    const untyped = argumentsOf(call).some(
      (arg, index) => index % 2 === 1 && arg.kind === 'literal' && arg.value === null,
    )
    return untyped ? `CAST(${packed} AS ${type})` : packed
  },
}

/** Elements of the same place together; the longest array counts. Fields take the names of columns, else their number. */
const arraysZip: SparkFunction = {
  name: 'arrays_zip',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('arrays_zip', given, 1, Number.POSITIVE_INFINITY)
    const lists = given.map((arg) => (arg.type.kind === 'void' ? castTo(arg, array(VOID), settings) : arg))
    const fields = lists.map((arg, index): StructField => {
      if (arg.type.kind !== 'array') throw wrongType('arrays_zip', index, 'an array', arg.type)
      return { name: arg.kind === 'attribute' ? arg.name : String(index), type: arg.type.element, nullable: true }
    })
    return { args: lists, type: array(struct(fields), false), nullable: anyNullable(lists) }
  },
  emit: (args, call) => {
    const { element } = call.type as { readonly element: DataType }
    const fields = element.kind === 'struct' ? element.fields : []
    return bindNames('az', args, (...lists) => {
      const longest =
        lists.length === 1 ? `len(${lists[0]})` : `greatest(${lists.map((list) => `len(${list})`).join(', ')})`
      const packed = fields.map((field, index) => `${quoteName(field.name)} := ${lists[index]}[place]`).join(', ')
      return `CASE WHEN ${lists.map((list) => `${list} IS NULL`).join(' OR ')} THEN NULL ELSE CAST(list_transform(range(1, ${longest} + 1), lambda place: struct_pack(${packed})) AS ${duckdbTypeOf(call.type)}) END`
    })
  },
}

export const MAP: readonly SparkFunction[] = [
  create,
  fromArrays,
  fromEntries,
  concat,
  containsKey,
  part('map_keys', (type) => array(type.key, false)),
  part('map_values', (type) => array(type.value, type.valueContainsNull)),
  part('map_entries', (type) =>
    array(
      struct([
        { name: 'key', type: type.key, nullable: false },
        { name: 'value', type: type.value, nullable: type.valueContainsNull },
      ]),
      false,
    ),
  ),
  namedStruct,
  arraysZip,
]
