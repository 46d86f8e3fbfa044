import type { Pod } from '../kube/pod.ts'

/** Where Spark 4.1+ leaves the stack trace that ended the driver. Source: Spark, deploy/k8s/Constants. */
const EXIT_EXCEPTION = 'spark.exit-exception'

/** Says only that a program in another language ended; its own words are in the log. */
const EMPTY_WORDS = /SparkUserAppException/

const MAX_CAUSE = 600

/**
 * The cause in the stack trace that Spark left on the driver pod: its first line, and the innermost cause where that is
 * another. Undefined where there is none that says anything.
 */
export const exitExceptionOf = (pod: Pod): string | undefined => {
  const trace = pod.metadata.annotations?.[EXIT_EXCEPTION]
  if (trace === undefined || EMPTY_WORDS.test(trace.split('\n', 1)[0] ?? '')) return undefined
  const lines = trace.split('\n').map((line) => line.trim())
  const first = lines.find((line) => line !== '')
  if (first === undefined) return undefined
  const inner = lines.findLast((line) => line.startsWith('Caused by: '))?.slice('Caused by: '.length)
  const cause = inner === undefined || first.includes(inner) ? first : `${first} (caused by ${inner})`
  return cause.length <= MAX_CAUSE ? cause : `${cause.slice(0, MAX_CAUSE - 1)}…`
}
