import { describe, expect, test } from 'vitest'
import { isConflict, isExpired } from './errors.ts'
import { apiErrorFrom, apiErrorOf, isVersionTooLarge } from './status.ts'
import { statusBody } from './testing/scripted-server.ts'

const json = (...args: Parameters<typeof statusBody>): string => JSON.stringify(statusBody(...args))

describe('what a server says no with', () => {
  test('is its reason, sentence, causes and when to come again', () => {
    const details = { retryAfterSeconds: 2, causes: [{ reason: 'X', message: 'why', field: 'spec.n' }] }
    expect(apiErrorFrom(409, json(409, 'Conflict', 'modified', details))).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: 'modified',
      retryAfterMs: 2_000,
      causes: details.causes,
    })
  })

  test('may be a reason that nobody here reacts to: then the code says what it is', () => {
    expect(apiErrorFrom(422, json(422, 'Novel', 'no')).reason).toBe('Invalid')
    expect(apiErrorFrom(418, json(418, 'Teapot', 'no')).reason).toBe('Unknown')
  })

  test('may be text or a page from something in between: the beginning of it is told', () => {
    expect(apiErrorFrom(404, '404 page not found\n')).toMatchObject({
      reason: 'NotFound',
      message: '404 page not found',
    })
    expect(apiErrorFrom(502, `<html>\n${'x'.repeat(5_000)}`).message).toHaveLength(200)
    expect(apiErrorFrom(503, '', 5_000)).toMatchObject({ message: 'the server answered 503', retryAfterMs: 5_000 })
    expect(apiErrorFrom(500, '{"broken').reason).toBe('InternalError')
  })

  test('in a watch may lack a code', () => {
    expect(apiErrorOf({ kind: 'Status', message: 'odd' })).toMatchObject({ status: 500, message: 'odd' })
    expect(apiErrorOf(null)).toMatchObject({ status: 500 })
  })
})

describe('kinds of no', () => {
  test('another uid is a conflict, however it is said', () => {
    const immutable = {
      causes: [{ reason: 'FieldValueInvalid', field: 'metadata.uid', message: 'field is immutable' }],
    }
    expect(isConflict(apiErrorFrom(422, json(422, 'Invalid', 'no', immutable)))).toBe(true)
    expect(isConflict(apiErrorFrom(422, json(422, 'Invalid', 'no')))).toBe(false)
    expect(isConflict(apiErrorFrom(409, json(409, 'AlreadyExists', 'no')))).toBe(false)
  })

  test('410 by code or by reason is expired', () => {
    expect(isExpired(apiErrorFrom(410, json(410, 'Gone')))).toBe(true)
    expect(isExpired(apiErrorFrom(410, json(410, 'Expired')))).toBe(true)
    expect(isExpired(apiErrorFrom(404, json(404, 'NotFound')))).toBe(false)
  })

  test('a server that is behind says so in a cause or in its sentence', () => {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
    expect(isVersionTooLarge(apiErrorFrom(504, json(504, 'Timeout', 'behind', { causes })))).toBe(true)
    expect(isVersionTooLarge(apiErrorFrom(504, json(504, 'Timeout', 'Too large resource version: 9')))).toBe(true)
    expect(isVersionTooLarge(apiErrorFrom(504, json(504, 'Timeout', 'slow')))).toBe(false)
  })
})
