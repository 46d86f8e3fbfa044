import { quoteName } from '../duckdb/quote.ts'
import { decodeRows, encodeRows } from '../plan/ship.ts'
import { PARTS_RELATION, type Relation, type Relations, type Stage } from '../plan/stage.ts'
import type { TaskView } from '../protocol.ts'
import { type FileSource, readFiles, sourceBytes } from '../sources/file-source.ts'
import { isUrl } from '../sources/list-files.ts'
import { readPart } from '../sources/split-source.ts'
import type { StageTask } from './stage-spec.ts'
import type { BodyInput, TaskOutput } from './task-body.ts'

type TaskInput = BodyInput & { readonly kind: 'url' | 'block' }

/** Result files of a stage, on the driver. `block` is the id under which executors may fetch one. */
export interface StageFile {
  readonly path: string
  readonly block: string
}

export interface TaskContext {
  readonly filesOf: (stage: Stage) => readonly StageFile[]
  readonly blockOf: (path: string) => string
  readonly settings: Readonly<Record<string, string>>
  readonly output: (partition: number, attempt: number) => TaskOutput
  /** Names of the output's columns where they are written to files. */
  readonly named: boolean
}

class Inputs {
  readonly list: TaskInput[] = []

  url(path: string): string {
    return isUrl(path) ? this.token(path, (token) => ({ token, kind: 'url', url: path })) : path
  }

  block(file: StageFile): string {
    return this.token(file.path, (token) => ({ token, kind: 'block', block: file.block, path: file.path }))
  }

  private token(what: string, make: (token: string) => TaskInput): string {
    const known = this.list.find((input) => (input.kind === 'url' ? input.url : input.path) === what)
    if (known !== undefined) return known.token
    const input = make(`@@bellows:input:${this.list.length}@@`)
    this.list.push(input)
    return input.token
  }
}

const readSource = (source: FileSource, inputs: Inputs): string =>
  readFiles(
    source.template,
    source.files.map(({ path }) => inputs.url(path)),
  )

const relationView = (name: string, relation: Relation, context: TaskContext, inputs: Inputs): TaskView => {
  const block = (file: StageFile) => inputs.block(file)
  switch (relation.kind) {
    case 'source':
      return { name, sql: readSource(relation.source, inputs) }
    case 'rows':
      return {
        name,
        sql: decodeRows([block({ path: relation.path, block: context.blockOf(relation.path) })], relation.columns),
      }
    case 'stage':
      return { name, sql: decodeRows(context.filesOf(relation.stage).map(block), relation.columns) }
  }
}

const readBytes = (reads: Relations): number =>
  [...reads.values()].reduce(
    (sum, relation) => sum + (relation.kind === 'source' ? sourceBytes(relation.source) : 0),
    0,
  )

/** The tasks of a split or whole stage; each is self-contained and may be attempted anywhere. */
export const stageTasks = (stage: Stage, context: TaskContext): readonly StageTask[] => {
  const query = stage.task
  if (query === undefined) return []
  const parts = stage.split?.parts ?? [undefined]
  return parts.map((part, partition) => {
    const inputs = new Inputs()
    const views = [...query.reads].map(([name, relation]) => relationView(name, relation, context, inputs))
    if (part !== undefined && stage.split !== undefined) {
      views.push({
        name: stage.split.name,
        sql: readPart(
          stage.split.source,
          part,
          part.paths.map((path) => inputs.url(path)),
        ),
      })
    }
    const sql = context.named
      ? `SELECT * FROM (${query.sql}) AS __out(${stage.columns.map(({ name }) => quoteName(name)).join(', ')})`
      : encodeRows(query.sql, stage.shipped)
    return {
      partition,
      inputBytes: (part?.bytes ?? 0) + readBytes(query.reads),
      preferred: [],
      body: () => ({ kind: 'sql', inputs: inputs.list, views, sql, settings: context.settings }),
      output: (attempt) => context.output(partition, attempt),
    }
  })
}

/** Views for the final query of a stage, which runs in the driver: everything is a local file there. */
export const finalViews = async (
  stage: Stage,
  parts: readonly StageFile[],
  filesOf: (stage: Stage) => readonly StageFile[],
  localPath: (path: string) => Promise<string>,
): Promise<readonly TaskView[]> => {
  const views: TaskView[] = []
  if (stage.task !== undefined)
    views.push({
      name: PARTS_RELATION,
      sql: decodeRows(
        parts.map(({ path }) => path),
        stage.shipped,
      ),
    })
  for (const [name, relation] of stage.final?.reads ?? []) {
    if (relation.kind === 'source') {
      const paths = await Promise.all(relation.source.files.map(({ path }) => localPath(path)))
      views.push({ name, sql: readFiles(relation.source.template, paths) })
    } else if (relation.kind === 'rows') views.push({ name, sql: decodeRows([relation.path], relation.columns) })
    else
      views.push({
        name,
        sql: decodeRows(
          filesOf(relation.stage).map(({ path }) => path),
          relation.columns,
        ),
      })
  }
  return views
}
