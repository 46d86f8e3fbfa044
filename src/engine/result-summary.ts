import { userError } from './errors.ts'

/**
 * Bytes of a summary. Kubelet keeps 4,096 bytes of a container's message and 12 KiB of a pod's, divided evenly among its
 * containers: so much is whole in a pod of up to four. Source: kubelet, MaxPodTerminationMessageLogLength.
 */
export const MAX_SUMMARY_BYTES = 3072

/** Rows that were shown; each cell is the JSON text of its value. */
export interface ShownRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** There were more rows than were shown. */
  readonly hasMore: boolean
}

export interface WrittenFiles {
  readonly location: string
  readonly files: number
  readonly rows: number
}

/** What a run did so far that whoever waits for it may want to know. */
export interface RunResults {
  /** The last result that was printed. */
  readonly shown?: ShownRows
  /** Every INSERT, in order. */
  readonly written: readonly WrittenFiles[]
  /** JSON text that the program handed over. */
  readonly value?: string
}

/**
 * `{"resultSummary": …}` in at most `maxBytes` bytes: counts first, then columns, what was written (the newest, where not
 * all fit), and first rows while they fit. Undefined: the run has nothing to tell.
 */
export const summaryText = (
  { shown, written, value }: RunResults,
  maxBytes: number = MAX_SUMMARY_BYTES,
): string | undefined => {
  let text: string | undefined
  let summary: Readonly<Record<string, unknown>> = {}
  const add = (more: Readonly<Record<string, unknown>>): boolean => {
    const next = { ...summary, ...more }
    const attempt = JSON.stringify({ resultSummary: next })
    if (Buffer.byteLength(attempt) > maxBytes) return false
    summary = next
    text = attempt
    return true
  }
  if (value !== undefined) add({ value })
  if (shown !== undefined) {
    add({ rows: shown.rows.length, ...(shown.hasMore ? { hasMore: true } : {}) })
    add({ columns: shown.columns })
  }
  for (let first = written.length - 1; first >= 0; first--) if (!add({ written: written.slice(first) })) break
  if (shown !== undefined && new Set(shown.columns).size === shown.columns.length) {
    let rows: readonly string[] = []
    for (const row of shown.rows) {
      rows = [...rows, rowText(shown.columns, row)]
      if (!add({ firstRows: `[${rows.join(',')}]` })) break
    }
  }
  return text
}

const rowText = (columns: readonly string[], row: readonly string[]): string =>
  `{${row.map((cell, index) => `${JSON.stringify(columns[index])}:${isJson(cell) ? cell : JSON.stringify(cell)}`).join(',')}}`

/** DuckDB writes NaN and infinities as words that JSON does not know. */
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON text of what a program hands over, whole numbers with all digits. Throws EngineError where it is none or too long. */
export const resultJson = (value: unknown): string => {
  let text: string | undefined
  try {
    text = JSON.stringify(value, (_, inner: unknown) => jsonReady(inner))
  } catch (error) {
    throw userError(`setResult: the value is no JSON: ${error instanceof Error ? error.message : error}`, error)
  }
  if (text === undefined) throw userError(`setResult: ${typeof value} is no JSON value`)
  if (summaryText({ written: [], value: text }) === undefined) {
    throw userError(
      `setResult: the value has ${Buffer.byteLength(text)} bytes of JSON and does not fit into ${MAX_SUMMARY_BYTES}; write large data to files and hand over where they are`,
    )
  }
  return text
}

/** What JSON.stringify would drop or change without a word is refused. */
const jsonReady = (value: unknown): unknown => {
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`)
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`it holds a ${typeof value}`)
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new TypeError(`it holds a ${value.constructor.name}; make a plain object or list of it`)
  }
  return value
}
