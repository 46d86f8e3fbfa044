import { readFile } from 'node:fs/promises'
import type { Client, ClientConfig } from 'pg'
import { EngineError, infrastructureError, messageOf, userError } from '../../errors.ts'
import type { JdbcConnection } from '../source-input.ts'
import { placeOf } from './jdbc-options.ts'

/** What the same request would meet again: all but lost connections, a server that starts or ends, deadlocks, resources. */
const TRANSIENT = /^(08|40|53|55P03|57P0)/

/** A sentence that names server and database, never the password. */
export const jdbcError = (doing: string, connection: JdbcConnection, error: unknown): EngineError => {
  if (error instanceof EngineError) return error
  const { code = '' } = error as { readonly code?: string }
  const text = `cannot ${doing} ${placeOf(connection)}: ${said(code, connection) ?? messageOf(error)}`
  const system = !/^[0-9A-Z]{5}$/.test(code)
  return system || TRANSIENT.test(code)
    ? infrastructureError(text, safeCause(error))
    : userError(text, safeCause(error))
}

const said = (code: string, { user, host, port }: JdbcConnection): string | undefined => {
  switch (code) {
    case '28P01':
    case '28000':
      return `the server refuses the user ${user}: look at the options user and password`
    case 'ECONNREFUSED':
      return `nothing listens at ${host}:${port}`
    case 'ENOTFOUND':
      return `there is no host ${host}`
    case '57014':
      return 'the statement took longer than queryTimeout, or was cancelled'
    default:
      return undefined
  }
}

/** The client's errors hold its settings. */
const safeCause = (error: unknown): Error => new Error(messageOf(error))

/** Dates, times and numbers as text that DuckDB reads exactly. */
const SESSION =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 3; SET standard_conforming_strings = on"

/** Runs `use` on a connection of its own. Throws EngineError. */
export const withPostgres = async <T>(
  doing: string,
  connection: JdbcConnection,
  use: (client: Client) => Promise<T>,
): Promise<T> => {
  const { host, port, database, user, password, ssl, rootCertificate } = connection
  const config: ClientConfig = {
    host,
    port,
    database,
    user,
    password: password ?? '',
    application_name: connection.applicationName,
    connectionTimeoutMillis: connection.connectTimeout * 1000,
    ...(ssl === 'disable'
      ? { ssl: false }
      : {
          ssl: {
            rejectUnauthorized: ssl === 'verify-full',
            ...(rootCertificate === undefined ? {} : { ca: await readFile(rootCertificate, 'utf8') }),
          },
        }),
  }
  // A process without databases never loads the client.
  const { default: postgres } = await import('pg')
  const client = new postgres.Client(config)
  let lost: unknown
  client.on('error', (error) => {
    lost = error
  })
  try {
    await client.connect()
    await client.query(SESSION)
    if (connection.queryTimeout > 0) await client.query(`SET statement_timeout = ${connection.queryTimeout * 1000}`)
    return await use(client)
  } catch (error) {
    throw jdbcError(doing, connection, lost ?? error)
  } finally {
    await client.end().catch(() => {})
  }
}
