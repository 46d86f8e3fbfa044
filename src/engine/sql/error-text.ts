import type { SqlError } from './sql-error.ts'

/** Values of options such as password, as many stars as letters: carets stay where they are. */
const withoutSecrets = (line: string): string =>
  line
    .replace(
      /((?:password|secret|token|access\.key)\w*['"`]?\s*[=,]?\s*)('[^']*'?|"[^"]*"?)/gi,
      (_, key: string, value: string) => `${key}${value.replace(/[^'"]/g, '*')}`,
    )
    .replace(/((?:password|pwd)=)([^&'"\s]+)/gi, (_, key: string, value: string) => `${key}${'*'.repeat(value.length)}`)

/**
 * An SqlError for people: condition and sentence, then line and column (both from 1), the line itself and carets below
 * the place. Tabs are kept, so that the carets stand right.
 */
export const errorText = (error: SqlError, text: string): string => {
  const head = `[${error.condition}] ${error.message}`
  if (error.at === undefined) return head
  const start = Math.min(error.at.start, text.length)
  const lineStart = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1
  const lineBreak = text.indexOf('\n', start)
  const lineEnd = lineBreak === -1 ? text.length : lineBreak
  const line = withoutSecrets(text.slice(lineStart, lineEnd).replace(/\r$/, ''))
  const number = text.slice(0, lineStart).split('\n').length
  const before = text.slice(lineStart, start)
  const carets = '^'.repeat(Math.max(1, [...text.slice(start, Math.min(error.at.end, lineStart + line.length))].length))
  const indent = [...before].map((letter) => (letter === '\t' ? '\t' : ' ')).join('')
  return `${head}\nline ${number}, column ${[...before].length + 1}:\n${line}\n${indent}${carets}`
}
