import type { ScanRequest } from './data-source.ts'
import type { FileSource } from './file-source.ts'
import { mightMatch } from './source-filter.ts'

const DIRECTORY = /([^/=]+)=([^/]*)\//g
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

/** Values of `k=v` directories in a path, by the lower-case name. */
const partitionValues = (path: string): ReadonlyMap<string, string> =>
  new Map([...path.matchAll(DIRECTORY)].map(([, key, value]) => [key!.toLowerCase(), decodeURIComponentSafe(value!)]))

const decodeURIComponentSafe = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Objects whose directories say that none of their rows is needed are left out; one always stays, for the columns. */
export const prunePartitions = (source: FileSource, { filters }: ScanRequest): FileSource => {
  if (source.partTemplate === undefined || filters.length === 0) return source
  const files = source.files.filter(({ path }) => {
    const values = partitionValues(path)
    return filters.every((filter) => {
      const text = values.get(filter.column.toLowerCase())
      if (text === undefined) return true
      const bounds =
        text === NO_VALUE ? { min: undefined, max: undefined, nulls: 1 } : { min: text, max: text, nulls: 0 }
      return mightMatch(filter, bounds, 1)
    })
  })
  const kept = files.length === 0 ? source.files.slice(0, 1) : files
  if (kept.length === source.files.length) return source
  const label = `${source.label} (${kept.length} of ${source.files.length} files by partition)`
  return { ...source, files: kept, label, key: JSON.stringify([source.key, kept.map(({ path }) => path)]) }
}
