import type { Connection } from '../../duckdb/database.ts'
import { userError } from '../../errors.ts'
import type { OpenContext } from '../data-source.ts'
import { fileList } from '../file-source.ts'
import { type AddFile, collectActions, type LogActions, parseCommit, replay, type Snapshot } from './log-actions.ts'
import type { LogFile, TableStore } from './table-store.ts'

/** Which version is wanted; undefined: the newest. */
export type TimeTravel =
  | { readonly kind: 'version'; readonly version: number }
  /** The newest version that is not younger; milliseconds since 1970. */
  | { readonly kind: 'timestamp'; readonly at: number; readonly text: string }

const COMMIT = /^(\d{20})\.json$/
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/
const V2_CHECKPOINT = /^\d{20}\.checkpoint\.[0-9a-f-]{36}\.(json|parquet)$/

export const commitName = (version: number): string => `${String(version).padStart(20, '0')}.json`

interface Checkpoint {
  readonly version: number
  readonly files: readonly LogFile[]
}

const checkpoints = (log: readonly LogFile[]): readonly Checkpoint[] => {
  const found = log.flatMap((file) => {
    const [whole, version, , parts] = CHECKPOINT.exec(file.name) ?? []
    return whole === undefined ? [] : [{ file, version: Number(version), parts: Number(parts ?? 1) }]
  })
  return [...Map.groupBy(found, ({ version, parts }) => `${version}/${parts}`).values()]
    .filter((group) => group.length === group[0]?.parts)
    .map((group) => ({ version: group[0]?.version ?? 0, files: group.map(({ file }) => file) }))
}

/** The table's state, from the newest checkpoint that helps and the commits after it; undefined: there is no table. Throws EngineError. */
export const loadSnapshot = async (
  context: Pick<OpenContext, 'connection' | 'whole'>,
  store: TableStore,
  travel: TimeTravel | undefined,
): Promise<Snapshot | undefined> => {
  const log = await store.log()
  const commits = log.flatMap((file) => {
    const version = COMMIT.exec(file.name)?.[1]
    return version === undefined ? [] : [{ version: Number(version), file }]
  })
  const kept = checkpoints(log)
  const newest = Math.max(-1, ...commits.map(({ version }) => version), ...kept.map(({ version }) => version))
  if (newest < 0) return undefined
  const version = travel === undefined ? newest : await wantedVersion(store, commits, newest, travel)
  const base = kept.filter((one) => one.version <= version).toSorted((a, b) => b.version - a.version)[0]
  const after = commits.filter((commit) => commit.version > (base?.version ?? -1) && commit.version <= version)
  const gap = after.findIndex((commit, index) => commit.version !== (base?.version ?? -1) + 1 + index)
  if (gap >= 0 || (base?.version ?? -1) + after.length !== version) {
    const v2 = log.some(({ name }) => V2_CHECKPOINT.test(name))
    throw userError(
      v2
        ? `the Delta table ${store.shown} has checkpoints of the table feature v2Checkpoint, which is not supported`
        : `the Delta table ${store.shown} cannot be read at version ${version}: a file of its log is missing (versions that were cleaned up are gone)`,
    )
  }
  const start = base === undefined ? [] : [await readCheckpoint(context, base)]
  const rest = await Promise.all(after.map(async ({ file }) => parseLog(store, file.name)))
  const { files, metadata, protocol } = replay([...start, ...rest])
  if (metadata === undefined || protocol === undefined)
    throw userError(
      `the log of the Delta table ${store.shown} holds no ${metadata === undefined ? 'metaData' : 'protocol'}`,
    )
  const last = log.find(({ name }) => name === commitName(version))
  return { version, timestamp: rest.at(-1)?.commitInfo?.timestamp ?? last?.modified ?? 0, metadata, protocol, files }
}

const parseLog = async (store: TableStore, name: string): Promise<LogActions> => {
  try {
    return parseCommit(await store.text(`_delta_log/${name}`))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw userError(`${store.shown}/_delta_log/${name} is broken: ${error.message}`, error)
  }
}

interface Commit {
  readonly version: number
  readonly file: LogFile
}

const wantedVersion = async (
  store: TableStore,
  commits: readonly Commit[],
  newest: number,
  travel: TimeTravel,
): Promise<number> => {
  if (travel.kind === 'version') {
    if (travel.version > newest)
      throw userError(`the Delta table ${store.shown} has no version ${travel.version}: the newest is ${newest}`)
    return travel.version
  }
  let found: number | undefined
  let earliest: number | undefined
  for (const { version, file } of commits) {
    const { commitInfo } = await parseLog(store, file.name)
    const at = commitInfo?.inCommitTimestamp ?? commitInfo?.timestamp ?? file.modified
    earliest ??= at
    if (at <= travel.at) found = version
  }
  if (found === undefined)
    throw userError(
      `the Delta table ${store.shown} has no version as old as ${travel.text}${earliest === undefined ? '' : `: the first is of ${new Date(earliest).toISOString()}`}`,
    )
  return found
}

const ACTIONS = ['add', 'metaData', 'protocol'] as const

const readCheckpoint = async (
  context: Pick<OpenContext, 'connection' | 'whole'>,
  { files }: Checkpoint,
): Promise<LogActions> => {
  const paths = await Promise.all(files.map(({ file }) => context.whole(file)))
  const { connection } = context
  const from = `read_parquet(${fileList(paths)}, union_by_name = true)`
  const columns = new Set((await connection.describe(`SELECT * FROM ${from}`)).map(({ name }) => name))
  const lines: Record<string, unknown>[] = []
  for (const action of ACTIONS.filter((name) => columns.has(name)))
    for (const text of await jsonRows(connection, from, action)) lines.push({ [action]: plain(JSON.parse(text)) })
  return collectActions(lines)
}

const jsonRows = async (connection: Connection, from: string, action: string): Promise<readonly string[]> => {
  const rows = await connection.rows(
    `SELECT CAST(to_json(${action}) AS VARCHAR) FROM ${from} WHERE ${action} IS NOT NULL`,
  )
  return rows.map(([text]) => String(text))
}

/** Without the nulls of absent fields. */
const plain = (value: object): unknown => {
  const entries = Object.entries(value).filter(([, part]) => part !== null)
  const add = Object.fromEntries(entries) as unknown as AddFile
  return add.deletionVector !== undefined && add.deletionVector?.storageType === undefined
    ? { ...add, deletionVector: undefined }
    : add
}
