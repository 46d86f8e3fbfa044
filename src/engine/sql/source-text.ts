import type { DatabaseError } from '../duckdb/database-error.ts'

/** A stretch of SQL as DuckDB gets it, with where each of its characters stands in what the user wrote. */
export interface SourceText {
  readonly text: string
  /** `origin[i]`: the offset of text[i] in the user's text; one entry more than there are characters. */
  readonly origin: readonly number[]
}

export interface Place {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

export const placeAt = (whole: string, offset: number): Place => {
  const before = whole.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

/** DuckDB counts bytes of UTF-8; JavaScript counts UTF-16 units. */
export const bytesToUnits = (text: string, bytes: number): number => {
  let seen = 0
  let units = 0
  for (const letter of text) {
    if (seen >= bytes) break
    seen += Buffer.byteLength(letter)
    units += letter.length
  }
  return units
}

/** Where in a query an error stands, in UTF-16 units: the parser counts characters, the binder bytes. */
export const errorOffset = (text: string, error: DatabaseError): number | undefined => {
  if (error.position === undefined) return undefined
  if (error.type.toLowerCase() !== 'parser') return bytesToUnits(text, error.position)
  return [...text].slice(0, error.position).join('').length
}

/** Joins pieces; a replaced piece points, whole, at where the original began. */
export class SourceTextBuilder {
  private text = ''
  private readonly origin: number[] = []

  keep(piece: string, start: number): void {
    for (let i = 0; i < piece.length; i++) this.origin.push(start + i)
    this.text += piece
  }

  replace(piece: string, start: number): void {
    for (let i = 0; i < piece.length; i++) this.origin.push(start)
    this.text += piece
  }

  done(end: number): SourceText {
    return { text: this.text, origin: [...this.origin, end] }
  }
}
