import { isKeptNumber, parseExactly } from './exact-json.ts'

/** Kubelet keeps so much of a termination message. Source: kubelet, MaxContainerTerminationMessageLength. */
export const MAX_RESULT_BYTES = 4096

export type ParsedResult =
  | { readonly ok: true; readonly json: string | undefined }
  | { readonly ok: false; readonly message: string }

/** What a task that succeeded left in the file that $BELLOWS_RESULT names. Nothing written: no result. */
export const parseResult = (written: string | undefined): ParsedResult => {
  const text = written?.trim() ?? ''
  if (text === '') return { ok: true, json: undefined }
  // What fills the limit may have been cut there, and a number that was cut is still a number.
  if (Buffer.byteLength(written!) >= MAX_RESULT_BYTES) return { ok: false, message: tooLong }
  try {
    const result = parseExactly(text)
    if (holdsInfinity(result)) return { ok: false, message: tooLarge }
    return { ok: true, json: JSON.stringify(result) }
  } catch {
    const shown = text.length <= 80 ? text : `${text.slice(0, 79)}…`
    return {
      ok: false,
      message: `The result is not JSON: ${shown}. Write JSON to the file that $BELLOWS_RESULT names; text needs double quotes.`,
    }
  }
}

const tooLong = `The result has ${MAX_RESULT_BYTES} bytes or more. Write large data to storage and hand on where it is.`
const tooLarge =
  'The result holds a number beyond 1.8e308, which few programs can read. Write it as text, in double quotes.'

const holdsInfinity = (value: unknown): boolean => {
  if (isKeptNumber(value)) return !Number.isFinite(Number(JSON.stringify(value)))
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinity)
}
