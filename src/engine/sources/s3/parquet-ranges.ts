/** Bytes `from` (included) to `to` (excluded) of a file. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** Where a row group's part of one column lies, as `parquet_metadata` says. */
export interface ColumnChunk {
  readonly rowGroup: number
  readonly rows: number
  /** Names from the top down, joined by ', '. */
  readonly path: string
  readonly dictionaryOffset: number | undefined
  readonly dataOffset: number
  readonly bytes: number
  readonly bloomOffset: number | undefined
  readonly bloomBytes: number | undefined
}

const below = (path: string, column: string): boolean =>
  path.toLowerCase() === column.toLowerCase() || path.toLowerCase().startsWith(`${column.toLowerCase()}, `)

/** The bytes that a reader of these columns and rows can ask for; undefined: they cannot be told, so all are needed. */
export const neededRanges = (
  chunks: readonly ColumnChunk[],
  columns: readonly string[],
  rows: { readonly from: number; readonly to: number } | undefined,
): readonly ByteRange[] | undefined => {
  const starts = new Map<number, number>()
  let row = 0
  for (const { rowGroup, rows: count } of chunks)
    if (!starts.has(rowGroup)) {
      starts.set(rowGroup, row)
      row += count
    }
  const ranges: ByteRange[] = []
  for (const chunk of chunks) {
    const start = starts.get(chunk.rowGroup) ?? 0
    if (rows !== undefined && (start > rows.to || start + chunk.rows <= rows.from)) continue
    if (!columns.some((column) => below(chunk.path, column))) continue
    const from = Math.min(chunk.dataOffset, chunk.dictionaryOffset || chunk.dataOffset)
    ranges.push({ from, to: from + chunk.bytes })
    if (chunk.bloomOffset !== undefined) {
      if (chunk.bloomBytes === undefined) return undefined
      ranges.push({ from: chunk.bloomOffset, to: chunk.bloomOffset + chunk.bloomBytes })
    }
  }
  return merged(ranges, 0)
}

/** In order, those that touch or are no more than `gap` apart put together. */
export const merged = (ranges: readonly ByteRange[], gap: number): readonly ByteRange[] => {
  const result: ByteRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last !== undefined && range.from <= last.to + gap)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else result.push(range)
  }
  return result
}

/** The parts of `wanted` that `have` does not cover. Both sorted, without overlaps. */
export const missing = (wanted: readonly ByteRange[], have: readonly ByteRange[]): readonly ByteRange[] =>
  wanted.flatMap((range) => {
    const left: ByteRange[] = []
    let { from } = range
    for (const known of have) {
      if (known.to <= from || known.from >= range.to) continue
      if (known.from > from) left.push({ from, to: known.from })
      from = Math.max(from, known.to)
    }
    return from < range.to ? [...left, { from, to: range.to }] : left
  })

/** Cut so that none is larger than `most`. */
export const cutRanges = (ranges: readonly ByteRange[], most: number): readonly ByteRange[] =>
  ranges.flatMap(({ from, to }) =>
    Array.from({ length: Math.ceil((to - from) / most) }, (_, index) => ({
      from: from + index * most,
      to: Math.min(to, from + (index + 1) * most),
    })),
  )
