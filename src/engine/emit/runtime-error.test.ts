import { describe, expect, it } from 'vitest'
import { runtimeError } from './runtime-error.ts'

describe('errors of DuckDB as those of Spark', () => {
  it.each([
    ['Invalid Input Error: [DIVIDE_BY_ZERO] Division by zero. Use try_divide.', 'DIVIDE_BY_ZERO'],
    ['Overflow in addition of INT32 (2147483647 + 1)!', 'ARITHMETIC_OVERFLOW'],
    ['Overflow in multiplication of INT64 (9223372036854775807 * 2)!', 'ARITHMETIC_OVERFLOW'],
    ['Overflow in addition of INT8 (127 + 1)!', 'BINARY_ARITHMETIC_OVERFLOW'],
    ['Overflow in addition of DECIMAL(38) (99 + 1);', 'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION'],
    ['Could not cast value 1000 to DECIMAL(3,0)', 'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION'],
    [
      "Type INT128 with value 9223372036854775808 can't be cast because the value is out of range for the destination type INT64",
      'ARITHMETIC_OVERFLOW',
    ],
    [
      "Type DOUBLE with value 1e+30 can't be cast because the value is out of range for the destination type INT64",
      'CAST_OVERFLOW',
    ],
    ["Could not convert string 'abc' to INT32", 'CAST_INVALID_INPUT'],
    ['More than one row returned by a subquery used as an expression', 'SCALAR_SUBQUERY_TOO_MANY_ROWS'],
  ])('%s', (message, condition) => {
    expect(runtimeError(message)).toMatchObject({ name: 'SqlError', condition })
  })

  it('keeps the sentence that the statement raised, and the cause', () => {
    const cause = new Error('inner')
    const error = runtimeError("Invalid Input Error: [CAST_INVALID_INPUT] The value 'x' is malformed.", cause)
    expect(error?.message).toBe("The value 'x' is malformed.")
    expect(error?.cause).toBe(cause)
  })

  it('leaves faults of the machine alone', () => {
    expect(runtimeError('IO Error: No space left on device')).toBeUndefined()
    expect(runtimeError('Out of Memory Error: failed to allocate')).toBeUndefined()
  })
})
