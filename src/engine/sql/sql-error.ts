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
