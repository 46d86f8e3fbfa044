import { quoteName } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { type DataType, INTEGER } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { ResolvedCall, SparkFunction } from './function.ts'
import { constant, wrongType } from './refuse.ts'
import { checkCount, unified } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

const VOID_ROWS: DataType = { kind: 'void' }

type Columns = NonNullable<ResolvedCall['columns']>

const call = (args: readonly Expression[], columns: Columns): ResolvedCall => ({
  args,
  type: columns.length === 1 ? columns[0]!.type : VOID_ROWS,
  nullable: false,
  columns,
})

/** explode and posexplode, of arrays and maps. */
const explode = (name: string, position: boolean): SparkFunction => ({
  name,
  kind: 'generator',
  resolve: (args) => {
    checkCount(name, args, 1)
    const { type } = args[0]!
    const pos = position ? [{ name: 'pos', type: INTEGER, nullable: false }] : []
    if (type.kind === 'array')
      return call(args, [...pos, { name: 'col', type: type.element, nullable: type.containsNull }])
    if (type.kind !== 'map') throw wrongType(name, 0, 'an array or a map', type)
    return call(args, [
      ...pos,
      { name: 'key', type: type.key, nullable: false },
      { name: 'value', type: type.value, nullable: type.valueContainsNull },
    ])
  },
  emit: ([list], generator) => {
    const isMap = argsOf(generator)[0]!.type.kind === 'map'
    const rows = isMap ? `map_entries(${list})` : list
    if (isMap && !position) return rows!
    const fields = isMap ? 'key := item.key, value := item.value' : 'col := item'
    return position
      ? `list_transform(${rows}, lambda item, place: struct_pack(pos := CAST(place - 1 AS INTEGER), ${fields}))`
      : `list_transform(${rows}, lambda item: struct_pack(${fields}))`
  },
})

/** The fields of each struct of an array. */
const inline: SparkFunction = {
  name: 'inline',
  kind: 'generator',
  resolve: (args) => {
    checkCount('inline', args, 1)
    const { type } = args[0]!
    if (type.kind !== 'array' || type.element.kind !== 'struct')
      throw wrongType('inline', 0, 'an array of structs', type)
    const { containsNull, element } = type
    return call(
      args,
      element.fields.map((field) => ({ ...field, nullable: field.nullable || containsNull })),
    )
  },
  emit: ([list]) => list!,
}

/** stack(n, …): the values in n rows. */
const stack: SparkFunction = {
  name: 'stack',
  kind: 'generator',
  resolve: (args, settings) => {
    checkCount('stack', args, 2, Number.POSITIVE_INFINITY)
    const rows = rowsOf(args[0]!)
    const width = Math.ceil((args.length - 1) / rows)
    const cells = args.slice(1)
    const done: Expression[] = []
    const columns = Array.from({ length: width }, (_, place) => {
      const column = cells.filter((__, index) => index % width === place)
      const types = column.filter((cell) => cell.type.kind !== 'void').map((cell) => cell.type)
      if (types.some((type) => !sameType(type, types[0]!))) {
        throw new SqlError(
          'DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES',
          `Column ${place} of stack has values of the types ${types.map(sqlTypeName).join(', ')}; cast them to one`,
        )
      }
      const same = unified('stack', column, settings)
      for (const [row, cell] of same.args.entries()) done[row * width + place] = cell
      const nullable = column.length < rows || column.some((cell) => cell.nullable)
      return { name: `col${place}`, type: same.type, nullable }
    })
    return call([args[0]!, ...done], columns)
  },
  emit: ([, ...cells], generator) => {
    const args = argsOf(generator)
    const rows = rowsOf(args[0]!)
    const width = Math.ceil(cells.length / rows)
    const structs = Array.from({ length: rows }, (_, row) => {
      const fields = Array.from({ length: width }, (__, place) => {
        const index = row * width + place
        const missing = `CAST(NULL AS ${duckdbTypeOf(args[1 + place]!.type)})`
        return `${quoteName(`col${place}`)} := ${cells[index] ?? missing}`
      })
      return `struct_pack(${fields.join(', ')})`
    })
    return `[${structs.join(', ')}]`
  },
}

const rowsOf = (arg: Expression): number => {
  const rows = Number(constant('stack', 0, arg))
  if (rows > 0) return rows
  throw new SqlError(
    'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
    `The number of rows of stack must be at least 1, not ${rows}`,
  )
}

/** Functions that make rows; `outer` is the generate node's matter, the names with _outer are the parser's and analyzer's. */
export const GENERATOR: readonly SparkFunction[] = [
  explode('explode', false),
  explode('posexplode', true),
  inline,
  stack,
]
