import type { Conf } from '../../conf.ts'
import { quoteName } from '../../duckdb/quote.ts'
import type { Engine } from '../../engine.ts'
import { userError } from '../../errors.ts'
import type { Attribute } from '../../plan/expression.ts'
import type { PreparedQuery } from '../../query/prepare.ts'
import { withPostgres } from '../../sources/jdbc/connect.ts'
import { jdbcOptions, placeOf } from '../../sources/jdbc/jdbc-options.ts'
import { produceFiles } from '../produce-files.ts'
import type { SaveTarget } from '../save.ts'
import type { SinkValue } from '../sink-output.ts'
import { counted, type Written } from '../write-files.ts'
import { columnText, postgresTypeName } from './column-text.ts'

/**
 * Writes the rows of a plan into a table of Postgres, by COPY, one transaction a task. Guarantee, as Spark's: a failed
 * attempt leaves nothing; a job that fails later keeps what its finished tasks wrote, and a task whose answer got lost
 * after its commit is written twice when it runs again. Throws EngineError.
 */
export const writeTable = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: SaveTarget,
): Promise<Written> => {
  const { connection, table, truncate } = jdbcOptions(target.options)
  if (table === undefined) throw userError('writing with format jdbc needs the option dbtable')
  if (target.partitionBy.length > 0) throw userError('partitionBy has no meaning for format jdbc')
  if (conf['spark.speculation'] === 'true')
    throw userError('writing with format jdbc and spark.speculation=true would write rows twice: set it to false')
  const { output } = query.physical
  const made = output.map((column) => `${quoteName(column.name)} ${postgresTypeName(column)}`)
  const go = await withPostgres('write to', connection, async (client) => {
    const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1)::text AS there', [table])
    const exists = rows[0]?.there !== null
    if (exists && target.mode === 'ignore') return false
    if (exists && target.mode === 'errorifexists')
      throw userError(
        `the table ${table} of ${placeOf(connection)} already exists: choose mode overwrite, append or ignore`,
      )
    if (exists && target.mode === 'overwrite') {
      await client.query('BEGIN')
      await client.query(truncate ? `TRUNCATE TABLE ${table}` : `DROP TABLE ${table}`)
      if (!truncate) await client.query(`CREATE TABLE ${table} (${made.join(', ')})`)
      await client.query('COMMIT')
    } else if (!exists) await client.query(`CREATE TABLE ${table} (${made.join(', ')})`)
    return true
  })
  const { log } = engine.options
  if (!go) {
    log.info(`wrote nothing to ${table}: it is there already (mode ignore)`)
    return { files: 0, rows: 0, removed: 0 }
  }
  const names = output.map(({ name }) => quoteName(name)).join(', ')
  const sql = `COPY ${table} (${names}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')`
  const results = await produceFiles(
    engine,
    conf,
    query,
    target,
    () => ({
      kind: 'sink',
      sink: { kind: 'jdbc', connection, sql },
      fileName: 'rows.csv',
      copyOptions:
        "FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '', TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%f'",
      partitioned: false,
    }),
    () => output.map(selected).join(', '),
  )
  const rows = results.reduce((sum, { value }) => sum + ((value as SinkValue & { readonly kind: 'jdbc' }).rows ?? 0), 0)
  log.info(`wrote ${counted(rows, 'row')} to ${table} of ${placeOf(connection)}`)
  return { files: 0, rows, removed: 0 }
}

const selected = (column: Attribute): string => `${columnText(column)} AS ${quoteName(column.name)}`
