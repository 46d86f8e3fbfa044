/** Kubelet keeps so much of a termination message. Source: kubelet, MaxContainerTerminationMessageLength. */
export const MAX_RESULT_BYTES = 4096

export type ParsedResult =
  | { readonly ok: true; readonly json: string | undefined }
  | { readonly ok: false; readonly message: string }

/** What a task that succeeded left in the file that $BELLOWS_RESULT names. Nothing written: no result. */
export const parseResult = (written: string | undefined): ParsedResult => {
  const text = written?.trim() ?? ''
  if (text === '') return { ok: true, json: undefined }
  const bytes = Buffer.byteLength(written!)
  if (bytes > MAX_RESULT_BYTES) return { ok: false, message: tooLong }
  try {
    return { ok: true, json: JSON.stringify(JSON.parse(text)) }
  } catch {
    if (bytes === MAX_RESULT_BYTES) return { ok: false, message: tooLong }
    const shown = text.length <= 80 ? text : `${text.slice(0, 79)}…`
    return {
      ok: false,
      message: `The result is not JSON: ${shown}. Write JSON to the file that $BELLOWS_RESULT names; text needs double quotes.`,
    }
  }
}

const tooLong = `The result is longer than ${MAX_RESULT_BYTES} bytes. Write large data to storage and hand on where it is.`
