import { parseBoolean } from '../conf.ts'
import { quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import type { FileFormat, FileOptions } from '../sources/file-format.ts'

/** How rows become files of a format. */
export interface FileStyle {
  readonly copy: readonly string[]
  readonly extension: string
}

const PARQUET_CODECS: Readonly<Record<string, string>> = {
  snappy: 'snappy',
  gzip: 'gzip',
  zstd: 'zstd',
  lz4: 'lz4_raw',
  lz4_raw: 'lz4_raw',
  none: 'uncompressed',
  uncompressed: 'uncompressed',
}
const TEXT_CODECS: Readonly<Record<string, string>> = { none: 'none', uncompressed: 'none', gzip: 'gzip', zstd: 'zstd' }

const codec = (codecs: Readonly<Record<string, string>>, wanted: string, format: FileFormat): string => {
  const found = codecs[wanted.toLowerCase()]
  if (found === undefined)
    throw userError(`compression ${wanted} is not supported for ${format}: ${Object.keys(codecs).join(', ')} are`)
  return found
}

/** COPY options for Spark's writer options. Throws EngineError for one that cannot be honoured. */
export const fileStyle = (format: FileFormat, options: FileOptions): FileStyle => {
  const rest = new Map(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]))
  const take = (...keys: readonly string[]): string | undefined => {
    const found = keys.map((key) => rest.get(key)).find((value) => value !== undefined)
    for (const key of keys) rest.delete(key)
    return found
  }
  const compression = take('compression', 'codec')
  const style = ((): FileStyle => {
    switch (format) {
      case 'parquet': {
        const name = codec(PARQUET_CODECS, compression ?? 'snappy', format)
        return {
          copy: ['FORMAT parquet', `COMPRESSION ${name}`],
          extension: `${name === 'uncompressed' ? '' : `.${name}`}.parquet`,
        }
      }
      case 'csv': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        const header = parseBoolean(take('header') ?? 'false')
        if (header === undefined) throw userError('the option header wants true or false')
        return {
          copy: [
            'FORMAT csv',
            `HEADER ${header}`,
            `DELIMITER ${quoteText(take('sep', 'delimiter') ?? ',')}`,
            `QUOTE ${quoteText(take('quote') ?? '"')}`,
            `ESCAPE ${quoteText(take('escape') ?? '"')}`,
            `NULLSTR ${quoteText(take('nullvalue') ?? '')}`,
            `COMPRESSION ${name}`,
          ],
          extension: `.csv${suffix(name)}`,
        }
      }
      case 'json': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        return { copy: ['FORMAT json', `COMPRESSION ${name}`], extension: `.json${suffix(name)}` }
      }
      case 'text': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        return {
          copy: ['FORMAT csv', 'HEADER false', "QUOTE ''", "ESCAPE ''", "DELIMITER '\u0001'", `COMPRESSION ${name}`],
          extension: `.txt${suffix(name)}`,
        }
      }
    }
  })()
  const [unknown] = rest.keys()
  if (unknown !== undefined) throw userError(`the option "${unknown}" is not supported when writing ${format}`)
  return style
}

const suffix = (name: string): string => (name === 'gzip' ? '.gz' : name === 'zstd' ? '.zst' : '')
