/** Source: ECMAScript, "JSON.parse source text access". TypeScript does not know it yet. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

const exact = JSON as unknown as ExactJson

/**
 * JSON.parse, but that a number which JavaScript would write otherwise (12345678901234567890, 1.0) stays as it was
 * written: JSON.stringify gives it back unchanged. Throws SyntaxError for what is no JSON.
 */
export const parseExactly = (text: string): unknown =>
  exact.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  )

/** Whether `value` is a number out of `parseExactly`: it has no fields, though it is an object. */
export const isKeptNumber = (value: unknown): boolean => exact.isRawJSON(value)
