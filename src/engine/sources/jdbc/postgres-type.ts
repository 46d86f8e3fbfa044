import { quoteText } from '../../duckdb/quote.ts'
import { userError } from '../../errors.ts'

/** How values of a Postgres type come here. */
export interface PostgresType {
  /** DuckDB's type, one that Spark has too. */
  readonly type: string
  /** SQL for Postgres that makes text of a column. */
  readonly send: (column: string) => string
  /** SQL for DuckDB that makes a value of that text. */
  readonly read: (text: string) => string
  /** Literals it may be compared with in Postgres as it would be here. */
  readonly compares: 'number' | 'string' | 'boolean' | 'date' | 'timestamp' | 'instant' | undefined
}

/** What `pg_type` says of a column. */
export interface PostgresColumn {
  readonly name: string
  readonly typeName: string
  /** b: base, e: enum, d: domain, … */
  readonly typeKind: string
  readonly modifier: number
  /** Of the element, for arrays. */
  readonly element: string | undefined
  readonly elementKind: string | undefined
}

const asIs = (column: string): string => column
const cast =
  (type: string) =>
  (text: string): string =>
    `CAST(${text} AS ${type})`
const simple = (type: string, compares?: PostgresType['compares']): PostgresType => ({
  type,
  send: asIs,
  read: cast(type),
  compares,
})
const TEXT: PostgresType = { type: 'VARCHAR', send: (column) => `${column}::text`, read: asIs, compares: undefined }

/** Postgres has dates and times without end; Spark has none. */
const finite =
  (type: string) =>
  (text: string): string =>
    `CASE WHEN ${text} IN ('infinity', '-infinity') THEN error('the value ' || ${text} || ' of a date or time in Postgres has no meaning in Spark: leave it out in a query') ELSE CAST(${text} AS ${type}) END`

const BASE: Readonly<Record<string, PostgresType>> = {
  bool: simple('BOOLEAN', 'boolean'),
  int2: simple('SMALLINT', 'number'),
  int4: simple('INTEGER', 'number'),
  int8: simple('BIGINT', 'number'),
  oid: simple('BIGINT', 'number'),
  float4: simple('FLOAT'),
  float8: simple('DOUBLE', 'number'),
  text: { ...TEXT, send: asIs, compares: 'string' },
  varchar: { ...TEXT, send: asIs, compares: 'string' },
  // As it is stored, with blanks at its end.
  bpchar: { ...TEXT, send: asIs },
  name: TEXT,
  char: TEXT,
  citext: TEXT,
  json: TEXT,
  jsonb: TEXT,
  uuid: TEXT,
  xml: TEXT,
  inet: TEXT,
  cidr: TEXT,
  macaddr: TEXT,
  bytea: {
    type: 'BLOB',
    send: (column) => `encode(${column}, 'hex')`,
    read: (text) => `unhex(${text})`,
    compares: undefined,
  },
  date: { type: 'DATE', send: asIs, read: finite('DATE'), compares: 'date' },
  timestamptz: {
    type: 'TIMESTAMP WITH TIME ZONE',
    send: asIs,
    read: finite('TIMESTAMP WITH TIME ZONE'),
    compares: 'instant',
  },
}

const timestamp = (ntz: boolean): PostgresType =>
  ntz
    ? { type: 'TIMESTAMP', send: asIs, read: finite('TIMESTAMP'), compares: 'timestamp' }
    : {
        // Spark's default: the time of the clock in the session's zone.
        type: 'TIMESTAMP WITH TIME ZONE',
        send: asIs,
        read: (text) => `CAST(${finite('TIMESTAMP')(text)} AS TIMESTAMP WITH TIME ZONE)`,
        compares: undefined,
      }

/** Without precision: as Spark has it, decimal(38,18); what does not fit exactly is an error, not rounded. */
const numeric = (name: string, modifier: number): PostgresType => {
  const bits = (modifier - 4) & 0x7ff
  const scale = modifier < 4 ? 18 : bits >= 1024 ? bits - 2048 : bits
  const precision = modifier < 4 ? 38 : ((modifier - 4) >> 16) & 0xffff
  const [p, s] = scale < 0 ? [precision - scale, 0] : [Math.max(precision, scale), scale]
  if (p > 38)
    throw userError(
      `the column ${name} is numeric(${precision},${scale}) in Postgres; Spark's decimals have 38 digits: cast it in a query`,
    )
  const type = `DECIMAL(${p},${s})`
  const fault = quoteText(
    `a value of the numeric column ${name} does not fit ${type.toLowerCase()}: cast it in a query`,
  )
  const check = (text: string) =>
    `CASE WHEN length(rtrim(regexp_extract(${text}, '\\.(\\d*)', 1), '0')) > ${s} THEN error(${fault}) ELSE CAST(${text} AS ${type}) END`
  return { type, send: asIs, read: modifier < 4 ? check : cast(type), compares: 'number' }
}

const NESTED = quoteText('an array of several dimensions in Postgres has no type in Spark: unnest it in a query')

const array = (element: PostgresType): PostgresType => ({
  type: `${element.type}[]`,
  send: (column) => `CASE WHEN array_ndims(${column}) > 1 THEN '!' ELSE to_json(${column}::text[])::text END`,
  read: (text) => {
    const item = element.type === 'BLOB' ? 'unhex(substr(x, 3))' : element.read('x')
    return `list_transform(from_json(CASE WHEN ${text} = '!' THEN error(${NESTED}) ELSE ${text} END, '["VARCHAR"]'), lambda x: ${item})`
  },
  compares: undefined,
})

/** Throws EngineError for types that have none in Spark, naming the column. */
export const postgresType = (column: PostgresColumn, ntz: boolean): PostgresType => {
  const { name, typeName, typeKind, modifier, element, elementKind } = column
  if (element !== undefined && typeName.startsWith('_'))
    return array(postgresType({ ...column, typeName: element, typeKind: elementKind ?? 'b', element: undefined }, ntz))
  if (typeKind === 'e') return TEXT
  if (typeName === 'numeric') return numeric(name, modifier)
  if (typeName === 'timestamp') return timestamp(ntz)
  const known = BASE[typeName]
  if (known !== undefined) return known
  throw userError(
    `the column ${name} has the type ${typeName} in Postgres, which has none in Spark: cast it (query: SELECT ${name}::text …) or leave it out`,
  )
}
