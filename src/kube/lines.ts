/** Whole lines, a batch per chunk, and at the end what came after the last line feed. */
export type LineBatch =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'rest'; readonly text: string }

/** Splits at line feeds wherever the chunks were cut. `chunks` must be decoded text. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<LineBatch, void, undefined> {
  let rest = ''
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf('\n')
    if (end < 0) {
      rest += chunk
      continue
    }
    const lines = (rest + chunk.slice(0, end)).split('\n')
    rest = chunk.slice(end + 1)
    yield { kind: 'lines', lines }
  }
  if (rest !== '') yield { kind: 'rest', text: rest }
}
