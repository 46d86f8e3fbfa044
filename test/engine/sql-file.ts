/** A record of a file in sqllogictest's form. */
export type SqlCase = {
  /** `<file>/<label>`. */
  readonly id: string
  readonly sql: string
} & (
  | {
      readonly kind: 'query'
      /** Spark's simpleString of each column. */
      readonly types: readonly string[]
      readonly sorted: boolean
      readonly rows: readonly string[]
    }
  | { readonly kind: 'error'; readonly condition: string }
)

/** Throws Error for a record that is neither a query nor an expected error. */
export const parseSqlFile = (name: string, text: string): readonly SqlCase[] =>
  text
    .split('\n\n')
    .map((part) => part.replace(/^\n+/, ''))
    .filter((part) => part.trim() !== '')
    .map((part) => caseOf(name, part.split('\n')))

const caseOf = (name: string, lines: readonly string[]): SqlCase => {
  const [first = '', second = '', ...rest] = lines
  const error = /^statement error (\S+) (\S+)$/.exec(first)
  if (error !== null) return { id: `${name}/${error[2]}`, sql: second, kind: 'error', condition: error[1]! }
  const types = /^# types (.*)$/.exec(first)
  const query = /^query \w* (rowsort|nosort) (\S+)$/.exec(second)
  if (types === null || query === null || rest[1] !== '----') throw new Error(`${name}: not a record: ${first}`)
  return {
    id: `${name}/${query[2]}`,
    sql: rest[0]!,
    kind: 'query',
    types: types[1] === '' ? [] : types[1]!.split('; '),
    sorted: query[1] === 'nosort',
    rows: rest.slice(2),
  }
}
