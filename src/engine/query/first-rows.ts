import type { Attribute } from '../plan/expression.ts'
import type { ShownRows } from '../result-summary.ts'
import { tableText } from '../sinks/table-text.ts'

/** The first rows of a query: `rows` as JSON, `texts` as people read them. */
export interface FirstRows extends ShownRows {
  readonly texts: readonly (readonly (string | null)[])[]
}

/** `rows` hold each column as JSON text, then each as text for people. */
export const firstRowsOf = (
  output: readonly Attribute[],
  rows: readonly (readonly unknown[])[],
  count: number,
): FirstRows => {
  const width = output.length / 2
  const cells = rows.slice(0, count) as readonly (readonly (string | null)[])[]
  return {
    columns: output.slice(0, width).map(({ name }) => name),
    rows: cells.map((row) => row.slice(0, width).map((cell) => cell ?? 'null')),
    texts: cells.map((row) => row.slice(width)),
    hasMore: rows.length > count,
  }
}

/** As a table, cells whole. */
export const showText = ({ columns, texts, hasMore }: FirstRows): string =>
  tableText(columns, texts, { truncate: 0, more: hasMore })

/** As JSON, one object a line. */
export const jsonLines = ({ columns, rows }: FirstRows): string => {
  const names = columns.map((name) => JSON.stringify(name))
  return rows.map((row) => `{${row.map((cell, index) => `${names[index]}:${cell}`).join(',')}}\n`).join('')
}
