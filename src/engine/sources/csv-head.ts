/** How the characters of a CSV file are to be read; all of it said, nothing guessed. */
export interface CsvDialect {
  readonly delimiter: string
  /** Empty: nothing is quoted. */
  readonly quote: string
  readonly escape: string
  /** Lines that begin with it are no rows; empty: all are. */
  readonly comment: string
}

export interface CsvHead {
  /** The line it begins in, from 1. */
  readonly line: number
  /** Blank lines before it; comments apart. */
  readonly blank: number
  readonly fields: readonly string[]
}

/** The first record of a file by its lines; undefined where there is none, or where it does not end in these lines. */
export const firstRecord = (lines: readonly (string | null)[], dialect: CsvDialect): CsvHead | undefined => {
  const skipped = lines.findIndex((line) => !isNoRow(line ?? '', dialect))
  if (skipped < 0) return undefined
  const text = lines
    .slice(skipped)
    .map((line) => line ?? '')
    .join('\n')
  const fields = recordFields(text, dialect)
  return fields && { line: skipped + 1, blank: lines.slice(0, skipped).filter((line) => !line).length, fields }
}

const isNoRow = (line: string, { comment }: CsvDialect): boolean =>
  line === '' || (comment !== '' && line.startsWith(comment))

const recordFields = (
  text: string,
  { delimiter, quote, escape: escaping }: CsvDialect,
): readonly string[] | undefined => {
  const fields: string[] = []
  let field = ''
  let quoted = false
  let at = 0
  while (at < text.length) {
    const char = text[at]!
    if (quoted) {
      const next = text[at + 1]
      if (escaping !== '' && char === escaping && next !== undefined && (next === quote || next === escaping)) {
        field += next
        at += 2
        continue
      }
      if (char === quote) quoted = false
      else field += char
    } else if (text.startsWith(delimiter, at)) {
      fields.push(field)
      field = ''
      at += delimiter.length
      continue
    } else if (char === '\n') break
    else if (quote !== '' && char === quote && field.trim() === '') {
      // DuckDB takes spaces in front of a quote for none.
      quoted = true
      field = ''
    } else field += char
    at++
  }
  return quoted ? undefined : [...fields, field]
}

/** Names of columns from a header. Source: Spark's CSVUtils.makeSafeHeader: empty ones are _c<n>, doubles get their number. */
export const headerNames = (fields: readonly string[]): readonly string[] => {
  const lower = fields.map((field) => field.toLowerCase())
  return fields.map((field, index) => {
    if (field === '') return `_c${index}`
    return lower.indexOf(lower[index]!) !== lower.lastIndexOf(lower[index]!) ? `${field}${index}` : field
  })
}
