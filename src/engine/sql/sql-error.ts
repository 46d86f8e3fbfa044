/** A place in the text of a statement: offsets of the first character and of the one after the last. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The statement is wrong: it does not parse, a name is unknown, a type does not fit, or it asks for what is refused. */
export class SqlError extends Error {
  override readonly name = 'SqlError'
  /** Spark's error condition where it has one, for instance UNRESOLVED_COLUMN.WITH_SUGGESTION. */
  readonly condition: string
  readonly at: Span | undefined

  /** `message`: one sentence with the cause, then what to do, without the position. */
  constructor(condition: string, message: string, at?: Span, options?: ErrorOptions) {
    super(message, options)
    this.condition = condition
    this.at = at
  }
}

/** Line and column, both from 1, of a place in a text. */
export const placeIn = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, Math.min(offset, text.length))
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: [...before.slice(start)].length + 1 }
}
