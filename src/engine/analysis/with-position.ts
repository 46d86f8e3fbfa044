import { type Span, SqlError } from '../sql/sql-error.ts'

/** What `work` gives; a SqlError that has no position gets this one. */
export const withPosition = <T>(at: Span | undefined, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SqlError) || error.at !== undefined || at === undefined) throw error
    throw new SqlError(error.condition, error.message, at, { cause: error })
  }
}
