const NEXT = 'use mode DROPMALFORMED to drop such rows (in read_csv: ignore_errors = true)'

const REASON =
  /Error when converting column[^\n]*|Value with unterminated quote found|Invalid unicode[^\n]*|Maximum line size[^\n]*/

/**
 * What DuckDB says about a CSV file, as one line that begins with file and line and ends with what to do; undefined for
 * all else. A quoted line break does not count as a line, as DuckDB counts.
 */
export const csvFault = (message: string): string | undefined => {
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (line !== undefined) {
    const place = `${/\n\s*file = ([^\n]+)/.exec(message)?.[1] ?? 'a CSV file'}, line ${line}`
    const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message)
    if (counts)
      return `${place}: ${counts[2]} ${counts[2] === '1' ? 'column' : 'columns'} where ${counts[1]} ${counts[1] === '1' ? 'is' : 'are'} expected; ${NEXT}`
    const reason = REASON.exec(message)?.[0].replace(/\.$/, '')
    if (reason === undefined) return undefined
    return `${place}: ${reason}; ${reason.startsWith('Error when converting') ? `give a schema that fits, or ${NEXT}` : NEXT}`
  }
  const sniffed = /Error when sniffing file "([^"\n]*)"/.exec(message)?.[1]
  if (sniffed !== undefined) {
    return (
      `${sniffed}, line 1 and on: its rows do not read as one table: rows of different length, or another delimiter, ` +
      `quote or encoding; ${NEXT}, or name delimiter and quote`
    )
  }
  const mismatch =
    /Schema mismatch between globbed files\.\s*Main file schema: ([^\n]*)\s*Current file: ([^\n]*)\s*([^\n]*)/.exec(
      message,
    )
  return mismatch
    ? `${mismatch[2]}, line 1: ${mismatch[3]} here, but is in ${mismatch[1]}; read files with different columns one by one`
    : undefined
}
