import type { Client } from 'pg'
import { userError } from '../../errors.ts'
import { withPostgres } from './connect.ts'
import type { JdbcOptions } from './jdbc-options.ts'
import type { PostgresColumn } from './postgres-type.ts'

export interface TableFacts {
  readonly columns: readonly PostgresColumn[]
  /** What Postgres' planner thinks the rows weigh. */
  readonly bytes: number
}

interface TypeRow {
  readonly oid: number
  readonly typname: string
  readonly typtype: string
  readonly typbasetype: number
  readonly typtypmod: number
  readonly element: string | null
  readonly elementkind: string | null
}

/** Asks the server for columns and size; no row is read. Throws EngineError. */
export const tableFacts = ({ connection, from }: JdbcOptions): Promise<TableFacts> =>
  withPostgres('read from', connection, async (client) => {
    const { fields } = await client.query(`SELECT * FROM ${from} LIMIT 0`)
    const types = await typesOf(client, [...new Set(fields.map(({ dataTypeID }) => dataTypeID))])
    const names = fields.map(({ name }) => name.toLowerCase())
    const double = fields.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index)
    if (double !== undefined)
      throw userError(`two columns of ${from} are called "${double.name}": rename one in a query`)
    const columns = fields.map(({ name, dataTypeID, dataTypeModifier }): PostgresColumn => {
      const type = types.get(dataTypeID)
      return {
        name,
        typeName: type?.typname ?? `oid ${dataTypeID}`,
        typeKind: type?.typtype ?? 'b',
        modifier: dataTypeModifier >= 0 ? dataTypeModifier : (type?.typtypmod ?? -1),
        element: type?.element ?? undefined,
        elementKind: type?.elementkind ?? undefined,
      }
    })
    return { columns, bytes: await plannedBytes(client, from) }
  })

/** Types by their number; a domain is what it is made of. */
const typesOf = async (client: Client, oids: readonly number[]): Promise<ReadonlyMap<number, TypeRow>> => {
  const { rows } = await client.query<TypeRow>(
    `WITH RECURSIVE t AS (
       SELECT oid AS root, oid, typname, typtype, typbasetype, typtypmod, typelem FROM pg_type WHERE oid = ANY($1::oid[])
       UNION ALL
       SELECT t.root, b.oid, b.typname, b.typtype, b.typbasetype, t.typtypmod, b.typelem
       FROM t JOIN pg_type b ON b.oid = t.typbasetype WHERE t.typtype = 'd')
     SELECT root::int8::int4 AS oid, t.typname, t.typtype, t.typbasetype::int8::int4 AS typbasetype, t.typtypmod,
            e.typname AS element, e.typtype AS elementkind
     FROM t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typname LIKE '\\_%' WHERE t.typtype <> 'd'`,
    [oids],
  )
  return new Map(rows.map((row) => [row.oid, row]))
}

interface Explained {
  readonly 'QUERY PLAN': readonly { readonly Plan: { readonly 'Plan Rows': number; readonly 'Plan Width': number } }[]
}

const plannedBytes = async (client: Client, from: string): Promise<number> => {
  const { rows } = await client.query<Explained>(`EXPLAIN (FORMAT JSON) SELECT * FROM ${from}`)
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
  return plan === undefined ? 0 : plan['Plan Rows'] * Math.max(1, plan['Plan Width'])
}
