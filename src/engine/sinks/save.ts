import type { Conf } from '../conf.ts'
import type { Engine } from '../engine.ts'
import type { PreparedQuery } from '../query/prepare.ts'
import type { DataFormat } from '../sources/file-format.ts'
import { isS3 } from '../sources/s3/object-path.ts'
import { writeDelta } from './delta/write-delta.ts'
import { writeTable } from './jdbc/write-table.ts'
import { writeObjects } from './s3/write-objects.ts'
import { type WriteTarget, type Written, writeFiles } from './write-files.ts'

/** What DataFrameWriter asks for. `path` is empty where the format needs none. */
export interface SaveTarget extends Omit<WriteTarget, 'format'> {
  readonly format: DataFormat
}

/** Writes the rows of a plan. Throws EngineError; then what was there before is as it was, as far as the format can. */
export const save = (engine: Engine, conf: Conf, query: PreparedQuery, target: SaveTarget): Promise<Written> => {
  const { format } = target
  switch (format) {
    case 'jdbc':
      return writeTable(engine, conf, query, target)
    case 'delta':
      return writeDelta(engine, conf, query, target)
    default: {
      const files = { ...target, format }
      return isS3(target.path) ? writeObjects(engine, conf, query, files) : writeFiles(engine, conf, query, files)
    }
  }
}
