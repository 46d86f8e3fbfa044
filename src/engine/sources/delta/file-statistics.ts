import type { ScanRequest } from '../data-source.ts'
import { type ColumnBounds, mightMatch } from '../source-filter.ts'
import type { DeltaColumn } from './delta-schema.ts'
import type { AddFile } from './log-actions.ts'

interface Stats {
  readonly numRecords?: number
  readonly minValues?: Readonly<Record<string, unknown>>
  readonly maxValues?: Readonly<Record<string, unknown>>
  readonly nullCount?: Readonly<Record<string, unknown>>
}

/** Undefined: the file says nothing that can be read. */
export const statsOf = ({ stats }: AddFile): Stats | undefined => {
  if (!stats) return undefined
  try {
    // Numbers beyond 2^53 would be rounded: they become texts with all digits.
    return JSON.parse(stats, (_, value, source?: { readonly source?: string }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && source?.source !== undefined ? source.source : value,
    ) as Stats
  } catch {
    return undefined
  }
}

/** Long texts are cut short in statistics: the greatest may be greater than what is said. Source: Delta's data skipping, 32 letters. */
const CUT = 32

const text = (value: unknown, type: DeltaColumn['type'], upper: boolean): string | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const written = String(value)
  switch (type.kind) {
    case 'string':
      return upper && [...written].length >= CUT ? undefined : written
    case 'timestamp':
    case 'timestamp_ntz':
      // Statistics have milliseconds only: the greatest may be up to one above.
      return written.replace(/\.(\d{3})(?=Z|[+-]|$)/, (_, ms: string) => `.${ms}${upper ? '999' : '000'}`)
    case 'float':
    case 'double':
      // NaN is no part of statistics and greater than all.
      return upper ? undefined : written
    default:
      return written
  }
}

const boundsOf = (
  file: AddFile,
  stats: Stats | undefined,
  { name, physical, type }: DeltaColumn,
  partitioned: ReadonlySet<string>,
): ColumnBounds | undefined => {
  if (partitioned.has(name)) {
    const value = file.partitionValues[physical]
    return value === null || value === undefined || value === ''
      ? { min: undefined, max: undefined, nulls: 1 }
      : { min: value, max: value, nulls: 0 }
  }
  if (stats === undefined) return undefined
  const nulls = stats.nullCount?.[physical]
  return {
    min: text(stats.minValues?.[physical], type, false),
    max: text(stats.maxValues?.[physical], type, true),
    nulls: typeof nulls === 'number' ? nulls : undefined,
  }
}

/** False only where the log says that no row of the file can pass the filters. */
export const fileMightMatch = (
  file: AddFile,
  columns: readonly DeltaColumn[],
  partitioned: ReadonlySet<string>,
  { filters }: Pick<ScanRequest, 'filters'>,
): boolean => {
  const stats = statsOf(file)
  return filters.every((filter) => {
    const column = columns.find(({ name }) => name === filter.column)
    if (column === undefined) return true
    const rows = partitioned.has(column.name) ? 1 : stats?.numRecords
    return mightMatch(filter, boundsOf(file, stats, column, partitioned), rows)
  })
}
