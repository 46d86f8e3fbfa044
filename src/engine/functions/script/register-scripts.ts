import {
  ANY,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBVector,
} from '@duckdb/node-api'
import { duckdbTypeOf } from '../../types/duckdb-type.ts'
import { isTexts, textsOf } from '../../udf/text-column.ts'
import { type CalledScript, scriptsIn } from './script-call.ts'
import type { ScriptFunction } from './script-function.ts'
import { SCRIPTS } from './script-table.ts'
import { readerOf, type ScriptValue, writerOf } from './script-values.ts'

/** Names that a database knows already. */
export type KnownScripts = Map<string, Promise<void>>

/** Makes callable what `sql` calls of the table of scripts. DuckDB keeps a name for good. */
export const registerScripts = async (
  connection: DuckDBConnection,
  sql: string,
  known: KnownScripts,
): Promise<void> => {
  for (const called of scriptsIn(sql)) {
    const found = SCRIPTS[called.name]
    if (found === undefined) continue
    const made = known.get(called.sqlName) ?? register(connection, called, found)
    known.set(called.sqlName, made)
    await made
  }
}

const register = async (
  connection: DuckDBConnection,
  { sqlName, spec }: CalledScript,
  found: ScriptFunction,
): Promise<void> => {
  const type = (await connection.runAndReadAll(`SELECT CAST(NULL AS ${duckdbTypeOf(spec.type)})`)).columnType(0)
  const call = found.make(spec)
  const readers = spec.args.map(readerOf)
  const write = writerOf(spec.type)
  const column = (vector: DuckDBVector, index: number, rows: number): ((row: number) => ScriptValue) => {
    if (isTexts(vector)) {
      const texts = textsOf(vector, rows)
      return (row) => texts[row]!
    }
    const read = readers[index]!
    return (row) => read(vector.getItem(row))
  }
  const all = (input: DuckDBDataChunk, output: DuckDBVector): void => {
    const { rowCount } = input
    const columns = readers.map((_, index) => column(input.getColumnVector(index), index, rowCount))
    for (let row = 0; row < rowCount; row++) {
      const args = columns.map((read) => read(row))
      const absent = found.takesNulls !== true && args.includes(null)
      output.setItem(row, absent ? null : write(call(...args)))
    }
    output.flush()
  }
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: sqlName,
      returnType: type,
      varArgsType: ANY,
      specialHandling: true,
      volatile: found.volatile === true,
      mainFunction: (_info, input, output) => all(input, output),
    }),
  )
}
