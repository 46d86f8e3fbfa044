import { userError } from '../../errors.ts'
import type { DeltaColumn } from './delta-schema.ts'
import type { TableMetadata, TableProtocol } from './log-actions.ts'

const READ = new Set(['columnMapping', 'deletionVectors', 'timestampNtz', 'vacuumProtocolCheck', 'v2Checkpoint'])

/** Throws EngineError that names the table feature this reader does not have. */
export const checkReadable = (table: string, { minReaderVersion, readerFeatures }: TableProtocol): void => {
  if (minReaderVersion > 3)
    throw userError(`the Delta table ${table} wants a reader of version ${minReaderVersion}; 3 is the newest known`)
  const unknown = minReaderVersion < 3 ? undefined : readerFeatures?.find((name) => !READ.has(name))
  if (unknown !== undefined)
    throw userError(`the Delta table ${table} uses the table feature ${unknown}, which cannot be read`)
}

/** Features that matter to a writer only where the table makes use of them. */
const WRITE = new Set([
  'appendOnly',
  'invariants',
  'checkConstraints',
  'changeDataFeed',
  'generatedColumns',
  'columnMapping',
  'identityColumns',
  'deletionVectors',
  'timestampNtz',
  'vacuumProtocolCheck',
  'v2Checkpoint',
  'domainMetadata',
])

const COLUMN_RULES = ['delta.invariants', 'delta.generationExpression', 'delta.identity.start', 'CURRENT_DEFAULT']

/** Throws EngineError where rules of the table bind a writer that this one does not know. */
export const checkWritable = (
  table: string,
  { minWriterVersion, writerFeatures }: TableProtocol,
  { configuration = {} }: TableMetadata,
  columns: readonly DeltaColumn[],
  removes: boolean,
): void => {
  const refuse = (feature: string) => {
    throw userError(`the Delta table ${table} uses the table feature ${feature}, which cannot be written`)
  }
  if (minWriterVersion > 7) refuse(`of writer version ${minWriterVersion}`)
  const unknown = minWriterVersion < 7 ? undefined : writerFeatures?.find((name) => !WRITE.has(name))
  if (unknown !== undefined) refuse(unknown)
  if (Object.keys(configuration).some((key) => key.startsWith('delta.constraints.'))) refuse('checkConstraints')
  if (configuration['delta.enableChangeDataFeed'] === 'true') refuse('changeDataFeed')
  if ((configuration['delta.columnMapping.mode'] ?? 'none') !== 'none') refuse('columnMapping')
  const rule = columns.flatMap(({ metadata }) => COLUMN_RULES.filter((name) => name in metadata))[0]
  if (rule !== undefined) refuse(rule)
  const required = columns.find(({ nullable }) => !nullable)
  if (required !== undefined) refuse(`invariants (the column ${required.name} must not be null)`)
  if (removes && configuration['delta.appendOnly'] === 'true')
    throw userError(`the Delta table ${table} is append-only (delta.appendOnly): rows cannot be overwritten`)
}
