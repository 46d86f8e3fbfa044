/** Rows as a text table in the style of Spark's `show`. `null` shows as NULL; control characters are escaped. */
export const tableText = (
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  options: { readonly truncate: number; readonly more: boolean },
): string => {
  const cut = (text: string) => {
    const line = text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
    if (options.truncate <= 0 || [...line].length <= options.truncate) return line
    const keep = options.truncate < 4 ? options.truncate : options.truncate - 3
    return [...line].slice(0, keep).join('') + (options.truncate < 4 ? '' : '...')
  }
  const head = names.map(cut)
  const cells = rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : cut(cell))))
  const widths = head.map((name, index) =>
    Math.max(3, [...name].length, ...cells.map((row) => [...(row[index] ?? '')].length)),
  )
  const border = `+${widths.map((width) => '-'.repeat(width)).join('+')}+`
  const pad = (text: string, width: number) => {
    const room = ' '.repeat(Math.max(0, width - [...text].length))
    return options.truncate > 0 ? room + text : text + room
  }
  const line = (row: readonly string[]) => `|${row.map((cell, index) => pad(cell, widths[index] ?? 0)).join('|')}|`
  const count = rows.length
  const footer = options.more ? `only showing top ${count} ${count === 1 ? 'row' : 'rows'}\n` : ''
  return `${[border, line(head), border, ...cells.map(line), border].join('\n')}\n${footer}`
}
