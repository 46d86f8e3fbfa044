import { csvFault } from './csv-fault.ts'

/**
 * What DuckDB reported. `position` is the offset in the statement that was run: in
 * bytes of UTF-8 for the binder, in characters for the parser.
 * Source: DuckDB's `errors_as_json` setting.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  /** DuckDB's exception type: Parser, Binder, Catalog, Conversion, IO, Out of Memory … */
  readonly type: string
  readonly position: number | undefined

  constructor(type: string, message: string, position: number | undefined, cause: unknown) {
    super(message, { cause })
    this.type = type
    this.position = position
  }

  /** The same error in a text that begins elsewhere. */
  movedBy(offset: number): DatabaseError {
    const position = this.position === undefined ? undefined : Math.max(0, this.position + offset)
    return new DatabaseError(this.type, this.message, position, this.cause)
  }
}

/** The full text stays in the cause. */
const plain = (message: string): string => csvFault(message) ?? message

const PREFIX = /^([A-Z][A-Za-z ]*?) Error: /

/** Reads the two shapes DuckDB's messages come in: JSON (with or without a prefix), and plain text. */
export const databaseError = (error: unknown): DatabaseError => {
  if (error instanceof DatabaseError) return error
  const text = error instanceof Error ? error.message : String(error)
  const prefix = PREFIX.exec(text)
  const start = text.indexOf('{"exception_type"')
  if (start >= 0) {
    try {
      const parsed = JSON.parse(text.slice(start)) as Record<string, string>
      const position = Number(parsed.position)
      return new DatabaseError(
        parsed.exception_type ?? 'Unknown',
        plain(parsed.exception_message ?? text),
        parsed.position !== undefined && Number.isSafeInteger(position) ? position : undefined,
        error,
      )
    } catch {
      // Not the JSON that was expected: the text itself is the message.
    }
  }
  return new DatabaseError(
    prefix?.[1] ?? 'Unknown',
    plain(prefix ? text.slice(prefix[0].length) : text),
    undefined,
    error,
  )
}

const RETRYABLE = new Set(['Out of Memory', 'Interrupt', 'Fatal', 'Internal', 'Connection', 'HTTP'])
const DISK = /no space left|too many open files|input\/output error|stale file handle/i

/** Whether the same statement may succeed in another process. */
export const isRetryable = (error: DatabaseError): boolean => RETRYABLE.has(error.type) || DISK.test(error.message)
