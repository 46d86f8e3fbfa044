import { quoteName, quoteText } from '../duckdb/quote.ts'
import type { Attribute } from '../plan/expression.ts'
import type { TaskView } from '../protocol.ts'
import type { BodyInput } from '../scheduler/task-body.ts'
import { neededInput, readFiles } from '../sources/file-source.ts'
import { keyCondition } from '../sources/key-ranges.ts'
import { isUrl, type SourceFile } from '../sources/list-files.ts'
import { readPart } from '../sources/split-source.ts'
import { duckdbTypeOf, fromDuckdbType } from '../types/duckdb-type.ts'
import { sameType } from '../types/same-type.ts'
import { type FinishedFile, type FinishedStage, partitionSize } from './finished-stage.ts'
import type { StageInput } from './physical-plan.ts'
import type { FinishedOf, Reading } from './task-shapes.ts'

/** A view and the data that must be there for it. */
export interface InputView {
  readonly view: TaskView
  readonly inputs: readonly BodyInput[]
  readonly bytes: number
}

export const columnName = ({ id }: Attribute): string => `c${id}`

const NO_ROWS = { bytes: 0, rows: 0 }

const emptyRows = (attributes: readonly Attribute[]): string =>
  `SELECT ${attributes.map((attribute) => `CAST(NULL AS ${duckdbTypeOf(attribute.type)}) AS ${columnName(attribute)}`).join(', ')} WHERE false`

const tokenOf = (name: string, index: number): string => `@@${name}:${index}@@`

type InputOf<K extends StageInput['kind']> = StageInput & { readonly kind: K }

/** The SELECT list that gives the source's columns their names here, and Spark's types where they differ. */
const scanColumns = (input: InputOf<'scan'>): string =>
  input.attributes
    .map((attribute, index) => {
      const name = input.columns[index] ?? attribute.name
      if (input.relation.kind === 'held') return `${quoteName(name)} AS ${columnName(attribute)}`
      const column = input.relation.source.columns.find((found) => found.name === name)
      const read = column && fromDuckdbType(column.type)
      const sql = read === undefined ? quoteName(name) : read.read(quoteName(name))
      const typed =
        read && sameType(read.type, attribute.type) ? sql : `CAST(${sql} AS ${duckdbTypeOf(attribute.type)})`
      return `${typed} AS ${columnName(attribute)}`
    })
    .join(', ')

const scanView = (
  input: InputOf<'scan'>,
  reading: Reading,
  blockOf: (path: string) => string,
): Omit<InputView, 'view'> & { readonly sql: string } => {
  const { relation, name } = input
  const files: readonly SourceFile[] = relation.kind === 'files' ? relation.source.files : relation.files
  const known = new Map(files.map((file) => [file.path, file]))
  const part = reading.kind === 'part' ? input.parts?.[reading.index] : undefined
  const paths = part?.paths ?? files.map(({ path }) => path)
  const bytes = part?.bytes ?? files.reduce((sum, file) => sum + file.bytes, 0)
  const inputs: BodyInput[] = []
  const located = paths.map((path, index) => {
    const from = known.get(path)?.input
    if (relation.kind === 'files' && from === undefined && !isUrl(path)) return path
    const token = tokenOf(name, index)
    if (relation.kind === 'held') inputs.push({ token, kind: 'block', block: blockOf(path), path })
    else if (from === undefined) inputs.push({ token, kind: 'url', url: path })
    else inputs.push({ token, kind: 'source', source: neededInput(relation.source, from, input.columns, part?.rows) })
    return token
  })
  if (relation.kind === 'held') {
    if (located.length === 0) return { sql: emptyRows(input.attributes), inputs: [], bytes: 0 }
    const rows = part?.rows === undefined ? '' : ` WHERE file_row_number BETWEEN ${part.rows.from} AND ${part.rows.to}`
    const list = located.map(quoteText).join(', ')
    return {
      sql: `SELECT ${scanColumns(input)} FROM read_parquet([${list}], hive_partitioning = false)${rows}`,
      inputs,
      bytes,
    }
  }
  const { source } = relation
  const templates = paths.map((path) => known.get(path)?.template)
  const sql =
    part === undefined ? readFiles(source.template, located, templates) : readPart(source, part, located, templates)
  const condition = part === undefined ? '' : keyCondition(part)
  const where = condition === '' ? '' : ` WHERE ${condition}`
  return { sql: `SELECT ${scanColumns(input)} FROM (${sql})${where}`, inputs, bytes }
}

const parquetView = (input: InputOf<'shuffle'> | InputOf<'broadcast'>, list: readonly string[]): string => {
  const columns = input.attributes.map((attribute, index) => {
    const given = input.stage.plan.output[index] ?? attribute
    return `${columnName(given)} AS ${columnName(attribute)}`
  })
  return `SELECT ${columns.join(', ')} FROM read_parquet([${list.map(quoteText).join(', ')}], hive_partitioning = false)`
}

const stageView = (
  input: InputOf<'shuffle'> | InputOf<'broadcast'>,
  reading: Reading,
  done: FinishedStage,
): Omit<InputView, 'view'> & { readonly sql: string } => {
  const nothing = { sql: emptyRows(input.attributes), inputs: [], bytes: 0 }
  switch (done.kind) {
    case 'empty':
      return nothing
    case 'files': {
      const files = done.files.filter(({ rows }) => rows > 0)
      if (files.length === 0) return nothing
      const inputs = files.map(
        (file: FinishedFile, index): BodyInput => ({
          token: tokenOf(input.name, index),
          kind: 'block',
          block: file.block,
          path: file.path,
        }),
      )
      return {
        sql: parquetView(
          input,
          inputs.map(({ token }) => token),
        ),
        inputs,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      }
    }
    case 'shuffle': {
      const { from, to, maps } =
        reading.kind === 'partitions' ? reading : { from: 0, to: done.partitions, maps: undefined }
      const size = partitionSize(done, from, to, maps) ?? NO_ROWS
      if (size.rows === 0) return nothing
      const token = tokenOf(input.name, 0)
      const wanted: BodyInput = {
        token,
        kind: 'shuffle',
        shuffle: done.shuffle,
        from,
        to,
        ...(maps === undefined ? {} : { maps }),
      }
      return { sql: parquetView(input, [token]), inputs: [wanted], bytes: size.bytes }
    }
  }
}

const rangeSql = (input: InputOf<'range'>, index: number): string => {
  const { start, end } = input.parts[index] ?? { start: 0n, end: 0n }
  const [attribute] = input.attributes
  return `SELECT CAST(range AS BIGINT) AS ${attribute === undefined ? 'c0' : columnName(attribute)} FROM range(${start}, ${end}, ${input.step})`
}

/** The view by which a task's SQL reads an input. */
export const inputView = (
  input: StageInput,
  reading: Reading,
  finished: FinishedOf,
  blockOf: (path: string) => string,
): InputView => {
  const made = (): Omit<InputView, 'view'> & { readonly sql: string } => {
    if (reading.kind === 'none') return { sql: emptyRows(input.attributes), inputs: [], bytes: 0 }
    switch (input.kind) {
      case 'scan':
        return scanView(input, reading, blockOf)
      case 'range':
        return { sql: rangeSql(input, reading.kind === 'part' ? reading.index : 0), inputs: [], bytes: 0 }
      case 'shuffle':
      case 'broadcast':
        return stageView(input, reading, finished(input.stage))
    }
  }
  const { sql, inputs, bytes } = made()
  return { view: { name: input.name, sql }, inputs, bytes }
}
