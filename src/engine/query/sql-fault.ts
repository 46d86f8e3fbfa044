import { userError } from '../errors.ts'
import { errorText } from '../sql/error-text.ts'
import { SqlError } from '../sql/sql-error.ts'

/** What is wrong with a statement, for whoever wrote it: the sentence with the place in `text`. Other errors pass. */
export const sqlFault = (error: unknown, text: string): unknown =>
  error instanceof SqlError ? userError(errorText(error, text), error) : error
