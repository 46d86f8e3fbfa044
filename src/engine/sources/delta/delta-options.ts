import { userError } from '../../errors.ts'
import type { FileOptions } from '../file-format.ts'
import type { TimeTravel } from './load-snapshot.ts'

const timestamp = (text: string): TimeTravel => {
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text.trim()) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00:00'}${zone ?? 'Z'}`)
  if (Number.isNaN(at))
    throw userError(
      `timestampAsOf "${text}" is no time such as 2026-11-21 or 2026-11-21 10:00:00 (UTC, or with +02:00)`,
    )
  return { kind: 'timestamp', at, text }
}

const version = (text: string): TimeTravel => {
  if (!/^\d+$/.test(text)) throw userError(`versionAsOf "${text}" is no whole number`)
  return { kind: 'version', version: Number(text) }
}

/** Options of a read and a path, which may end with @v3. Throws EngineError for an option that is not known. */
export const deltaRead = (
  paths: readonly string[],
  options: FileOptions,
): { readonly path: string; readonly travel: TimeTravel | undefined } => {
  const given = new Map(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]))
  const [asVersion, asTime] = [given.get('versionasof'), given.get('timestampasof')]
  const unknown = [...given.keys()].find((key) => key !== 'versionasof' && key !== 'timestampasof')
  if (unknown !== undefined)
    throw userError(`the option "${unknown}" of format delta is not supported by the bundled engine`)
  const [path] = paths
  if (path === undefined || paths.length > 1) throw userError('format delta reads one path')
  const [, bare, suffix] = /^(.*)@v(\d+)$/s.exec(path) ?? []
  if ([asVersion, asTime, suffix].filter((one) => one !== undefined).length > 1)
    throw userError('versionAsOf, timestampAsOf and @v in the path do not go together: give one of them')
  if (asVersion !== undefined) return { path, travel: version(asVersion) }
  if (asTime !== undefined) return { path, travel: timestamp(asTime) }
  return suffix === undefined ? { path, travel: undefined } : { path: bare ?? path, travel: version(suffix) }
}
