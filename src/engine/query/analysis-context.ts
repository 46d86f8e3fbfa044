import type {
  AnalysisContext,
  AnalysisSettings,
  FoundRelation,
  HeldRows as HeldRelation,
  UserFunction,
} from '../analysis/context.ts'
import type { Conf } from '../conf.ts'
import type { Connection } from '../duckdb/database.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { NAMED_BY_PATH } from '../sources/file-format.ts'
import type { FileSource } from '../sources/file-source.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { definitionOf } from '../udf/user-function.ts'
import { openFiles as openSource } from './open-files.ts'
import type { SessionRows } from './session-rows.ts'
import { findTable } from './table-commands.ts'
import { usingDatabase } from './warehouse.ts'

type FilesSyntax = PlanSyntax & { readonly kind: 'files' }

/** What the analyzer asks of a session; each file is opened once, however often the query names it. */
export const analysisContext = async (
  engine: Engine,
  connection: Connection,
  settings: AnalysisSettings,
  rows: SessionRows,
  plan: PlanSyntax,
  conf: Conf,
): Promise<AnalysisContext> => {
  const held = new Map<number, HeldRelation>()
  for (const id of heldIds(plan)) {
    const known = await rows.held.get(id)
    if (known === undefined) throw userError('the rows of a DataFrame that was unpersisted are gone: make it anew')
    const { files, bytes, rows: count, schema } = known
    held.set(id, { relation: { kind: 'held', id, files, bytes, rows: count }, schema })
  }
  const opened = new Map<string, Promise<FileSource>>()
  const openFiles = (files: FilesSyntax): Promise<FileSource> => {
    const key = JSON.stringify([files.format, files.paths, files.options, files.schema])
    const known = opened.get(key) ?? openSource(engine, connection, files, conf)
    opened.set(key, known)
    return known
  }
  let ids = 0
  return {
    find: (name) => findRelation(name, conf),
    openFiles,
    held: (id) => held.get(id),
    udf: userFunction,
    settings,
    newId: () => {
      ids += 1
      return ids
    },
    warn: (message) => engine.options.log.warn(message),
  }
}

const userFunction = (id: number): UserFunction | undefined => {
  const known = definitionOf(id)
  if (known === undefined) return undefined
  const { name, type, parameters } = known
  return { name, type, nullable: true, ...(parameters === undefined ? {} : { parameters }) }
}

/** Tables and views of the warehouse; parquet.`/path` the analyzer knows itself. */
const findRelation = async (name: readonly string[], conf: Conf): Promise<FoundRelation | undefined> => {
  if (NAMED_BY_PATH.some((format) => name.length === 2 && format === name[0]?.toLowerCase())) return undefined
  const found = findTable(conf, name)
  if (found === undefined) return undefined
  const inside = usingDatabase(conf, found.database)
  return { kind: 'view', plan: found.plan, find: (inner) => findRelation(inner, inside) }
}

const heldIds = (plan: PlanSyntax): ReadonlySet<number> => {
  const found = new Set<number>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    const node = value as { readonly kind?: unknown; readonly id?: unknown }
    if (node.kind === 'held' && typeof node.id === 'number') found.add(node.id)
    for (const part of Object.values(value)) visit(part)
  }
  visit(plan)
  return found
}
