import { Column, type ColumnOrName, columnSyntax } from '../column.ts'
import { columnAndValues, columns, higherOrder, type Lambda1, type Lambda2, type Lambda3, lambda } from './make.ts'

export const array = columns('array')
export const array_compact = columns('array_compact')
export const array_distinct = columns('array_distinct')
export const array_except = columns('array_except')
export const array_intersect = columns('array_intersect')
export const array_max = columns('array_max')
export const array_min = columns('array_min')
export const array_union = columns('array_union')
export const arrays_overlap = columns('arrays_overlap')
export const arrays_zip = columns('arrays_zip')
export const cardinality = columns('cardinality')
export const explode = columns('explode')
export const explode_outer = columns('explode_outer')
export const flatten = columns('flatten')
export const inline = columns('inline')
export const inline_outer = columns('inline_outer')
export const map_concat = columns('map_concat')
export const map_entries = columns('map_entries')
export const map_from_arrays = columns('map_from_arrays')
export const map_from_entries = columns('map_from_entries')
export const map_keys = columns('map_keys')
export const map_values = columns('map_values')
export const named_struct = columns('named_struct')
export const posexplode = columns('posexplode')
export const posexplode_outer = columns('posexplode_outer')
export const sequence = columns('sequence')
export const size = columns('size')
export const struct = columns('struct')
export const stack = columns('stack')
export const array_append = columnAndValues('array_append')
export const array_contains = columnAndValues('array_contains')
export const array_insert = columnAndValues('array_insert')
export const array_join = columnAndValues('array_join')
export const array_position = columnAndValues('array_position')
export const array_prepend = columnAndValues('array_prepend')
export const array_remove = columnAndValues('array_remove')
export const array_repeat = columnAndValues('array_repeat')
export const element_at = columnAndValues('element_at')
export const get = columnAndValues('get')
export const map_contains_key = columnAndValues('map_contains_key')
export const slice = columnAndValues('slice')
export const sort_array = columnAndValues('sort_array')
export const try_element_at = columnAndValues('try_element_at')

export const create_map = columns('map')
export const map_from = columns('map')

export const transform = (of: ColumnOrName, f: Lambda1 | Lambda2): Column => higherOrder('transform', [of], lambda(f))
export const filter = (of: ColumnOrName, f: Lambda1 | Lambda2): Column => higherOrder('filter', [of], lambda(f))
export const exists = (of: ColumnOrName, f: Lambda1): Column => higherOrder('exists', [of], lambda(f))
export const forall = (of: ColumnOrName, f: Lambda1): Column => higherOrder('forall', [of], lambda(f))
export const array_sort = (of: ColumnOrName, f?: Lambda2): Column =>
  f === undefined ? higherOrder('array_sort', [of]) : higherOrder('array_sort', [of], lambda(f))
export const zip_with = (left: ColumnOrName, right: ColumnOrName, f: Lambda2): Column =>
  higherOrder('zip_with', [left, right], lambda(f))
export const transform_keys = (of: ColumnOrName, f: Lambda2): Column => higherOrder('transform_keys', [of], lambda(f))
export const transform_values = (of: ColumnOrName, f: Lambda2): Column =>
  higherOrder('transform_values', [of], lambda(f))
export const map_filter = (of: ColumnOrName, f: Lambda2): Column => higherOrder('map_filter', [of], lambda(f))
export const map_zip_with = (left: ColumnOrName, right: ColumnOrName, f: Lambda3): Column =>
  higherOrder('map_zip_with', [left, right], lambda(f))
/** Folds an array from `zero`; `finish` is applied to what comes out. */
export const aggregate = (of: ColumnOrName, zero: Column, merge: Lambda2, finish?: Lambda1): Column =>
  new Column({
    kind: 'call',
    name: 'aggregate',
    args: [columnSyntax(of), zero.syntax, lambda(merge), ...(finish === undefined ? [] : [lambda(finish)])],
  })
export const reduce = aggregate
