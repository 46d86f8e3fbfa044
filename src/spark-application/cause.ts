/** Lines that say where, not what. */
const NOISE = /^\s*at\s|^Node\.js v\d|^\s*\^+\s*$|^\s*$/
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
    lines.length <= MAX_MESSAGE_LINES
      ? lines.map((line) => line.trim()).join(' ')
      : (lines.findLast((line) => TROUBLE.test(line)) ?? lines.at(-1) ?? '').trim()
  return cause.length <= MAX_CAUSE ? cause : `${cause.slice(0, MAX_CAUSE - 1)}…`
}
