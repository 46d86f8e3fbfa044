/** Lines that say where, not what. */
const NOISE = /^\s*at\s|^\s*\.\.\. \d+ more$|^Node\.js v\d|^\s*\^+\s*$|^\s*$|^[\d/]+ [\d:]+ (INFO|DEBUG|TRACE) /
const TRACEBACK = 'Traceback (most recent call last):'
const TROUBLE = /\b(\w*(Error|Exception)|fatal|panic|failed|cannot|denied)\b/i

/** A driver that knows the cause writes a sentence or two; more lines than that are the end of its log. */
const MAX_MESSAGE_LINES = 5
const MAX_CAUSE = 600

/**
 * The cause in what a container said last: all of a short message, else the last line of the log that tells of trouble.
 * Undefined where it said nothing.
 */
export const causeIn = (said: string | undefined): string | undefined => {
  const lines = (said ?? '').split('\n').filter((line) => !NOISE.test(line))
  if (lines.length === 0) return undefined
  const cause =
    pythonError(lines) ??
    (lines.length <= MAX_MESSAGE_LINES
      ? lines.map((line) => line.trim()).join(' ')
      : (lines.findLast((line) => TROUBLE.test(line)) ?? lines.at(-1) ?? '').trim())
  return cause.length <= MAX_CAUSE ? cause : `${cause.slice(0, MAX_CAUSE - 1)}…`
}

/** The line that ends the last traceback: what comes after it is what Spark says while it stops. */
const pythonError = (lines: readonly string[]): string | undefined =>
  lines
    .slice(lines.lastIndexOf(TRACEBACK) + 1 || lines.length)
    .find((line) => !/^\s/.test(line))
    ?.trim()
