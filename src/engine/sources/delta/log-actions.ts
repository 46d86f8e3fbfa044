/** Actions of Delta's log. Source: PROTOCOL.md of delta-io/delta, "Actions". */
export interface AddFile {
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: number
  readonly modificationTime: number
  readonly stats?: string | null
  readonly deletionVector?: DeletionVectorRef | null
}

export interface DeletionVectorRef {
  /** u: a file named by a UUID; i: inline; p: a path. */
  readonly storageType: string
  readonly pathOrInlineDv: string
  readonly offset?: number | null
  readonly sizeInBytes: number
  readonly cardinality: number
}

export interface RemoveFile {
  readonly path: string
  readonly deletionVector?: DeletionVectorRef | null
}

export interface TableMetadata {
  readonly id: string
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  readonly configuration: Readonly<Record<string, string>>
  readonly createdTime?: number | null
  readonly name?: string | null
  readonly description?: string | null
  readonly format?: unknown
}

export interface TableProtocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[] | null
  readonly writerFeatures?: readonly string[] | null
}

export interface CommitInfo {
  readonly timestamp?: number
  readonly operation?: string
  readonly inCommitTimestamp?: number
}

export interface LogActions {
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
  readonly metadata: TableMetadata | undefined
  readonly protocol: TableProtocol | undefined
  readonly commitInfo: CommitInfo | undefined
}

interface LogLine {
  readonly add?: AddFile
  readonly remove?: RemoveFile
  readonly metaData?: TableMetadata
  readonly protocol?: TableProtocol
  readonly commitInfo?: CommitInfo
}

/** One commit: a JSON object a line. Throws SyntaxError. */
export const parseCommit = (text: string): LogActions =>
  collectActions(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as LogLine),
  )

export const collectActions = (lines: readonly LogLine[]): LogActions => ({
  adds: lines.flatMap(({ add }) => add ?? []),
  removes: lines.flatMap(({ remove }) => remove ?? []),
  metadata: lines.findLast(({ metaData }) => metaData)?.metaData,
  protocol: lines.findLast(({ protocol }) => protocol)?.protocol,
  commitInfo: lines.find(({ commitInfo }) => commitInfo)?.commitInfo,
})

/** The table at a version. */
export interface Snapshot {
  readonly version: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly metadata: TableMetadata
  readonly protocol: TableProtocol
  readonly files: readonly AddFile[]
}

/** A file with another deletion vector is another logical file. Source: PROTOCOL.md, "Action Reconciliation". */
const keyOf = ({ path, deletionVector }: RemoveFile): string =>
  deletionVector
    ? `${path} ${deletionVector.storageType}${deletionVector.pathOrInlineDv}@${deletionVector.offset ?? ''}`
    : path

/** Applies commits in order to what a checkpoint holds. Pure. */
export const replay = (
  commits: readonly LogActions[],
): Pick<Snapshot, 'files'> & {
  readonly metadata: TableMetadata | undefined
  readonly protocol: TableProtocol | undefined
} => {
  const files = new Map<string, AddFile>()
  let [metadata, protocol]: [TableMetadata | undefined, TableProtocol | undefined] = [undefined, undefined]
  for (const commit of commits) {
    metadata = commit.metadata ?? metadata
    protocol = commit.protocol ?? protocol
    for (const remove of commit.removes) files.delete(keyOf(remove))
    for (const add of commit.adds) files.set(keyOf(add), add)
  }
  return { files: [...files.values()], metadata, protocol }
}
