import { quoteText } from '../duckdb/quote.ts'

/**
 * SQL that fails with `[CONDITION] message` when it is evaluated, of a type that fits everywhere. DuckDB takes error()
 * for volatile: it is never folded ahead of the CASE around it.
 */
export const raise = (condition: string, message: string): string => raiseText(quoteText(`[${condition}] ${message}`))

/** The same with a message that is computed: SQL of a text that begins with `[CONDITION] `. */
export const raiseText = (text: string): string => `error(${text})`
