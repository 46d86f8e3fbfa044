import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { resultSummarySchema } from '../api/spark-application-status.ts'

type ResultSummary = NonNullable<SparkApplicationStatus['resultSummary']>

/**
 * What a driver that ended well says it has brought: `{"resultSummary": …}` as its termination message. Whatever else a
 * container leaves there is its own affair and counts as nothing.
 */
export const resultSummaryIn = (message: string | undefined): ResultSummary | undefined => {
  const told = parsed(message)
  if (typeof told !== 'object' || told === null || !('resultSummary' in told)) return undefined
  const summary = resultSummarySchema.safeParse(told.resultSummary)
  if (!summary.success || Object.keys(summary.data).length === 0) return undefined
  const { firstRows, value } = summary.data
  return isJson(firstRows) && isJson(value) ? summary.data : undefined
}

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** Those who read the status count on it. */
const isJson = (text: string | undefined): boolean => text === undefined || parsed(text) !== undefined
