import { readFile } from 'node:fs/promises'
import { ANY, type DuckDBDataChunk, DuckDBScalarFunction, type DuckDBType, type DuckDBVector } from '@duckdb/node-api'
import type { Connection, Database } from '../duckdb/database.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { type EngineError, messageOf, userError } from '../errors.ts'
import type { ShippedNode } from '../rdd/closure/shipped.ts'
import { Unshipper } from '../rdd/closure/unshipper.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { callBatch, callBatches, callTable } from './batch-call.ts'
import { resultOf, shown, type ToResult } from './result-value.ts'
import { isClosureFile, type ShippedFunction } from './shipped-function.ts'
import { valuesOf } from './text-column.ts'
import type { FunctionShape, ScalarFunction } from './user-function.ts'

interface Slot {
  uses: number
  readonly loaded: Promise<ScalarFunction>
  fn: ScalarFunction | undefined
}

/**
 * The functions of the program that tasks of one DuckDB call. DuckDB keeps a name for good once it is registered, so the
 * names hold no function themselves: what the program captured goes when the last task that calls it has ended.
 */
export class ScalarFunctions {
  private readonly database: Database
  private readonly slots = new Map<string, Slot>()
  private readonly registered = new Map<string, Promise<void>>()

  constructor(database: Database) {
    this.database = database
  }

  /** Makes them callable on every connection, until `release`. Throws EngineError, kind `user`. */
  async acquire(
    functions: readonly ShippedFunction[],
    paths: (token: string) => readonly string[],
  ): Promise<() => void> {
    const held: string[] = []
    const release = () => {
      for (const name of held.splice(0)) this.release(name)
    }
    try {
      for (const shipped of functions) {
        const slot = this.slots.get(shipped.sqlName) ?? { uses: 0, loaded: load(shipped, paths), fn: undefined }
        this.slots.set(shipped.sqlName, slot)
        slot.uses += 1
        held.push(shipped.sqlName)
        slot.fn = await slot.loaded
        await this.register(shipped)
      }
    } catch (error) {
      release()
      throw error
    }
    return release
  }

  private release(name: string): void {
    const slot = this.slots.get(name)
    if (slot === undefined) return
    slot.uses -= 1
    if (slot.uses === 0) this.slots.delete(name)
  }

  private register(shipped: ShippedFunction): Promise<void> {
    const known = this.registered.get(shipped.sqlName)
    if (known !== undefined) return known
    const made = this.registerAnew(shipped)
    this.registered.set(shipped.sqlName, made)
    made.catch(() => this.registered.delete(shipped.sqlName))
    return made
  }

  private async registerAnew(shipped: ShippedFunction): Promise<void> {
    const { sqlName, name, parameters, site, type, deterministic, shape } = shipped
    const connection = await this.database.connect()
    try {
      const describe = { name, parameters, site }
      const toResult = resultOf(type)
      const main = (input: DuckDBDataChunk, output: DuckDBVector): void => {
        const fn = this.slots.get(sqlName)?.fn
        if (fn === undefined) throw new Error(`the function ${name} is called after its task has ended`)
        CALLS[shape](fn, describe, toResult, input, output)
      }
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name: sqlName,
          returnType: await resultType(connection, duckdbTypeOf(type)),
          varArgsType: ANY,
          // Nulls come as arguments.
          specialHandling: true,
          volatile: !deterministic,
          mainFunction: (_info, input, output) => main(input, output),
        }),
      )
    } finally {
      connection.close()
    }
  }
}

const resultType = async (connection: Connection, type: string): Promise<DuckDBType> =>
  (await connection.read(`SELECT CAST(NULL AS ${type})`)).columnType(0)

const load = async (
  { closures, function: root, name }: ShippedFunction,
  paths: (token: string) => readonly string[],
): Promise<ScalarFunction> => {
  const nodes = isClosureFile(closures)
    ? (JSON.parse(await readFile(paths(closures.token)[0] ?? closures.path, 'utf8')) as readonly ShippedNode[])
    : closures
  const unshipper = await Unshipper.open(nodes, {
    broadcast: (id) => {
      throw userError(`udf ${name}: the broadcast ${id} is not to be had in SQL`)
    },
    accumulator: (id) => {
      throw userError(`udf ${name}: the accumulator ${id} is not to be had in SQL`)
    },
  })
  return unshipper.value(root) as ScalarFunction
}

const CONDITION = '[FAILED_EXECUTE_UDF] '

/** What a function of the program threw, as the program's own fault: no other executor would fare better. */
export const functionFault = (error: unknown): EngineError | undefined =>
  error instanceof DatabaseError && error.message.startsWith(CONDITION) ? userError(error.message, error) : undefined

type Described = Pick<ShippedFunction, 'name' | 'parameters' | 'site'>

/** One call a row, null where null was returned. */
const callAll = (
  fn: ScalarFunction,
  described: Described,
  toResult: ToResult,
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void => {
  const columns = Array.from({ length: input.columnCount }, (_, column) =>
    valuesOf(input.getColumnVector(column), input.rowCount),
  )
  const rows = input.rowCount
  const [first, second] = columns
  for (let row = 0; row < rows; row += 1) {
    let args: readonly unknown[] | undefined
    try {
      let value: unknown
      // Most functions have one or two parameters: no list is made for them.
      if (columns.length === 1) value = fn(first!(row))
      else if (columns.length === 2) value = fn(first!(row), second!(row))
      else {
        args = columns.map((column) => column(row))
        value = fn(...args)
      }
      output.setItem(row, toResult(value))
    } catch (error) {
      args ??= columns.map((column) => column(row))
      throw new Error(failure(described, args, error), { cause: error })
    }
  }
  output.flush()
}

type Call = (
  fn: ScalarFunction,
  described: Described,
  toResult: ToResult,
  input: DuckDBDataChunk,
  output: DuckDBVector,
) => void

/** What is wrong with a whole batch has no row to show. */
const ofBatch =
  (call: (fn: ScalarFunction, toResult: ToResult, input: DuckDBDataChunk, output: DuckDBVector) => void): Call =>
  (fn, { name, site }, toResult, input, output) => {
    try {
      call(fn, toResult, input, output)
    } catch (error) {
      const at = placeOf(error) ?? site
      const which = name === 'UDF' ? name : `UDF ${name}`
      throw new Error(
        `${CONDITION}${which} failed on a batch of ${input.rowCount} rows: ${messageOf(error)}${at === '' ? '' : ` at ${at}`}`,
        { cause: error },
      )
    }
  }

const failure = ({ name, parameters, site }: Described, args: readonly unknown[], error: unknown): string => {
  const row = args.map((value, index) => {
    const parameter = parameters[index] ?? ''
    return parameter === '' ? shown(value) : `${parameter}: ${shown(value)}`
  })
  const at = placeOf(error) ?? site
  return `${CONDITION}${name === 'UDF' ? name : `UDF ${name}`} failed on row {${row.join(', ')}}: ${messageOf(error)}${at === '' ? '' : ` at ${at}`}`
}

/** The innermost line of the program in a stack; undefined where the engine itself found the fault. */
const placeOf = (error: unknown): string | undefined => {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const line of stack.split('\n')) {
    const place = /(?:\(|at )((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?$/.exec(line)
    if (place === null || place[1]!.startsWith('node:')) continue
    if (/\/engine\/udf\/(?!.*\.test\.ts$)/.test(place[1]!)) return undefined
    return `${place[1]!.split('/').at(-1)}:${place[2]}`
  }
  return undefined
}

const CALLS: Readonly<Record<FunctionShape, Call>> = {
  row: callAll,
  aggregate: callAll,
  table: (fn, described, toResult, input, output) => callAll(callTable(fn), described, toResult, input, output),
  batch: ofBatch(callBatch),
  batches: ofBatch(callBatches),
}
