import { userError } from '../../errors.ts'
import type { FileOptions } from '../file-format.ts'
import type { JdbcConnection } from '../source-input.ts'

/** Options of format jdbc, by Spark's names. Source: Spark SQL guide, "JDBC To Other Databases". */
export interface JdbcOptions {
  readonly connection: JdbcConnection
  /** What stands in FROM: a table, or a query in parentheses. */
  readonly from: string
  readonly table: string | undefined
  readonly partition: JdbcPartition | undefined
  readonly numPartitions: number | undefined
  readonly pushFilters: boolean
  readonly pushLimit: boolean
  readonly preferNtz: boolean
  readonly truncate: boolean
}

export interface JdbcPartition {
  readonly column: string
  readonly lower: string
  readonly upper: string
  readonly count: number
}

const KNOWN = new Set([
  'url',
  'dbtable',
  'query',
  'user',
  'password',
  'driver',
  'partitioncolumn',
  'lowerbound',
  'upperbound',
  'numpartitions',
  'fetchsize',
  'batchsize',
  'querytimeout',
  'pushdownpredicate',
  'pushdownlimit',
  'prefertimestampntz',
  'truncate',
  'connecttimeout',
])

const IGNORED_IN_URL = new Set([
  'preparethreshold',
  'rewritebatchedinserts',
  'rewritebatchedstatements',
  'tcpkeepalive',
])

/** Throws EngineError for an option that cannot be honoured; the sentence holds no value that may be secret. */
export const jdbcOptions = (options: FileOptions): JdbcOptions => {
  const given = new Map(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]))
  const unknown = [...given.keys()].find((key) => !KNOWN.has(key))
  if (unknown !== undefined)
    throw userError(`the option "${unknown}" of format jdbc is not supported by the bundled engine`)
  const driver = given.get('driver')
  if (driver !== undefined && driver !== 'org.postgresql.Driver')
    throw userError(`the driver ${driver} cannot be loaded: there is no JVM; jdbc:postgresql:// is spoken natively`)
  const [table, query] = [given.get('dbtable'), given.get('query')]
  if ((table === undefined) === (query === undefined))
    throw userError('format jdbc needs one of the options dbtable and query')
  const whole = (key: string): number | undefined => {
    const text = given.get(key)
    if (text === undefined) return undefined
    if (!/^\d+$/.test(text)) throw userError(`the option ${key} is "${text}"; it wants a whole number`)
    return Number(text)
  }
  const flag = (key: string, fallback: boolean): boolean => {
    const text = given.get(key)?.toLowerCase()
    if (text === undefined) return fallback
    if (text !== 'true' && text !== 'false') throw userError(`the option ${key} wants true or false`)
    return text === 'true'
  }
  whole('fetchsize')
  whole('batchsize')
  const count = whole('numpartitions')
  return {
    connection: connectionOf(given, whole('querytimeout') ?? 0),
    from: table ?? `(${query?.trim().replace(/;\s*$/, '')}) AS q`,
    table,
    partition: partitionOf(given, count),
    numPartitions: count,
    pushFilters: flag('pushdownpredicate', true),
    pushLimit: flag('pushdownlimit', true),
    preferNtz: flag('prefertimestampntz', false),
    truncate: flag('truncate', false),
  }
}

const partitionOf = (given: ReadonlyMap<string, string>, count: number | undefined): JdbcPartition | undefined => {
  const names = ['partitioncolumn', 'lowerbound', 'upperbound']
  const [column, lower, upper] = names.map((name) => given.get(name))
  if (column === undefined && lower === undefined && upper === undefined) return undefined
  if (column === undefined || lower === undefined || upper === undefined || count === undefined)
    throw userError(
      'partitionColumn, lowerBound, upperBound and numPartitions of format jdbc go together: give all of them',
    )
  if (given.has('query'))
    throw userError('the options query and partitionColumn cannot go together: give dbtable "(SELECT …) AS t" instead')
  return { column, lower, upper, count: Math.max(1, count) }
}

const connectionOf = (given: ReadonlyMap<string, string>, queryTimeout: number): JdbcConnection => {
  const text = given.get('url') ?? ''
  const inner = /^jdbc:(postgresql:\/\/.+)$/s.exec(text)?.[1]
  const [kind] = /^jdbc:\w+/.exec(text) ?? []
  if (inner === undefined || !URL.canParse(inner))
    throw userError(
      `the option url of format jdbc wants jdbc:postgresql://host:port/database${kind === undefined || kind === 'jdbc:postgresql' ? '' : `; ${kind} is not supported`}`,
    )
  const url = new URL(inner)
  const parameters = new Map([...url.searchParams].map(([key, value]) => [key.toLowerCase(), value]))
  const take = (key: string): string | undefined => {
    const value = parameters.get(key)
    parameters.delete(key)
    return value
  }
  const [mode, secure] = [take('sslmode'), take('ssl')]
  const user = given.get('user') ?? take('user') ?? (url.username === '' ? undefined : decodeURIComponent(url.username))
  const password =
    given.get('password') ?? take('password') ?? (url.password === '' ? undefined : decodeURIComponent(url.password))
  take('user')
  take('password')
  if (user === undefined) throw userError('format jdbc needs the option user')
  const applicationName = take('applicationname') ?? 'bellows'
  const connectTimeout = Number(take('connecttimeout') ?? given.get('connecttimeout') ?? 10)
  const rootCertificate = take('sslrootcert')
  const left = [...parameters.keys()].find((key) => !IGNORED_IN_URL.has(key))
  if (left !== undefined) throw userError(`the parameter ${left} in the url of format jdbc is not supported`)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    user,
    password,
    ssl: sslOf(mode, secure),
    rootCertificate,
    applicationName,
    connectTimeout: Number.isFinite(connectTimeout) ? connectTimeout : 10,
    queryTimeout,
  }
}

const sslOf = (mode: string | undefined, secure: string | undefined): JdbcConnection['ssl'] => {
  switch (mode) {
    case undefined:
      return secure === 'true' ? 'verify-full' : 'disable'
    case 'disable':
    case 'require':
    case 'verify-full':
      return mode
    default:
      throw userError(`sslmode ${mode} is not supported: disable, require and verify-full are`)
  }
}

/** The server and database, fit to be shown. */
export const placeOf = ({ host, port, database }: JdbcConnection): string => `postgresql://${host}:${port}/${database}`
