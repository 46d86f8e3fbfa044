import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BINARY, BOOLEAN, type DataType, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, typeOfArgument } from './call-parts.ts'
import { literal } from './coerce.ts'
import { comparable } from './comparison.ts'
import type { SparkFunction } from './function.ts'
import { raise, raiseText } from './raise.ts'
import { unsupported } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple, unified } from './signature.ts'

/** Bytes stay bytes, all else becomes text. */
const textOrBytes = (
  name: string,
  result: DataType,
  emit: (sql: string, bytes: boolean) => string,
  aliases?: readonly string[],
): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const arg = given[0]!.type.kind === 'binary' ? given[0]! : coerced(name, given, 0, STRING, settings)
    return { args: [arg], type: result, nullable: arg.nullable }
  },
  emit: ([sql], call) => emit(sql!, typeOfArgument(call, 0).kind === 'binary'),
})

const WHOLE = "'^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$'"

/** MIME's Base64: characters of no meaning are passed over. */
const bytesOfBase64 = (text: string, failure: string): string =>
  bindNames('b64', [text], (given) =>
    bindNames('b65', [`regexp_replace(${given}, '[^A-Za-z0-9+/=]', '', 'g')`], (clean) => {
      const bare = `rtrim(${clean}, '=')`
      return `CASE WHEN ${clean} IS NULL THEN NULL WHEN ${bare} = '' THEN CAST('' AS BLOB) WHEN regexp_matches(${clean}, ${WHOLE}) THEN from_base64(rpad(${bare}, CAST((length(${bare}) + 3) // 4 * 4 AS INTEGER), '=')) ELSE ${failure} END`
    }),
  )

const invalidConversion = (text: string, format: string): string =>
  raiseText(
    `'[CONVERSION_INVALID_INPUT] The value ''' || ${text} || ''' (STRING) cannot be converted to BINARY because it is malformed (${format})'`,
  )

/** An odd digit stands for a byte by itself at the beginning. What is no hexadecimal is null. */
const bytesOfHex = (text: string, failure = 'NULL'): string =>
  bindNames(
    'hx',
    [text],
    (s) =>
      `CASE WHEN ${s} IS NULL THEN NULL WHEN regexp_full_match(${s}, '[0-9A-Fa-f]*') THEN unhex(CASE WHEN length(${s}) % 2 = 1 THEN '0' ELSE '' END || ${s}) ELSE ${failure} END`,
  )

const CHARSETS = ['UTF-8', 'UTF8', 'ISO-8859-1', 'US-ASCII']
const KNOWN = ['UTF-16', 'UTF-16BE', 'UTF-16LE', 'UTF-32']

const charsetOf = (name: string, argument: Expression): string => {
  const text = constantText(argument)
  if (text === undefined) throw unsupported(`The character set of ${name} must be a constant`)
  const charset = text.toUpperCase()
  if (CHARSETS.includes(charset) && charset !== 'UTF8') return charset
  if (KNOWN.includes(charset)) throw unsupported(`${name} with ${text} is not computed here; use UTF-8`)
  throw new SqlError(
    'INVALID_PARAMETER_VALUE.CHARSET',
    `${name} takes one of US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE, UTF-16LE, UTF-32, not ${text}`,
  )
}

const isNull = (argument: Expression): boolean => argument.kind === 'literal' && argument.value === null

const malformed = (name: string, charset: string): string =>
  raise('MALFORMED_CHARACTER_CODING', `Invalid value found when performing ${name} with ${charset}`)

const encodeSql = (text: string, charset: string): string => {
  if (charset === 'UTF-8') return `encode(${text})`
  const last = charset === 'US-ASCII' ? 127 : 255
  const byte = `CASE WHEN ascii(letter) > ${last} THEN ${malformed('encode', charset)} ELSE lpad(hex(ascii(letter)), 2, '0') END`
  return bindNames(
    'en',
    [text],
    (s) =>
      `CASE WHEN ${s} = '' THEN CAST('' AS BLOB) WHEN ${s} IS NOT NULL THEN unhex(array_to_string(list_transform(string_split(${s}, ''), lambda letter: ${byte}), '')) END`,
  )
}

const decodeSql = (bytes: string, charset: string): string =>
  bindNames('de', [bytes], (b) => {
    if (charset === 'UTF-8')
      return `CASE WHEN ${b} IS NOT NULL THEN coalesce(TRY(decode(${b})), ${malformed('decode', charset)}) END`
    const code = `CAST(concat('0x', substr(hex(${b}), place * 2 + 1, 2)) AS INTEGER)`
    const letter =
      charset === 'US-ASCII'
        ? `CASE WHEN ${code} > 127 THEN ${malformed('decode', charset)} ELSE chr(${code}) END`
        : `chr(${code})`
    return `CASE WHEN ${b} IS NOT NULL THEN array_to_string(list_transform(range(0, octet_length(${b})), lambda place: ${letter}), '') END`
  })

const encode = simple('encode', [STRING, STRING], BINARY, ([text], call) => {
  const charset = argumentsOf(call)[1]!
  return isNull(charset) ? 'CAST(NULL AS BLOB)' : encodeSql(text!, charsetOf('encode', charset))
})

/** Two arguments: bytes as text. More: pairs of a value to look for and a result, nulls being equal. */
const decode: SparkFunction = {
  name: 'decode',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('decode', given, 2, Number.POSITIVE_INFINITY)
    if (given.length === 2) {
      const args = [coerced('decode', given, 0, BINARY, settings), coerced('decode', given, 1, STRING, settings)]
      return { args, type: STRING, nullable: anyNullable(args) }
    }
    const [value, ...rest] = given
    const pairs = Math.floor(rest.length / 2)
    const searches = Array.from({ length: pairs }, (_, index) =>
      comparable('decode', value!, rest[index * 2]!, settings),
    )
    const results = rest.filter((_, index) => index % 2 === 1 || index === pairs * 2)
    // Without a default Spark adds a null text.
    const otherwise = rest.length % 2 === 1 ? [] : [literal(null, STRING)]
    const { args, type } = unified('decode', [...results, ...otherwise], settings)
    return { args: [...searches.flat(), ...args], type, nullable: true }
  },
  emit: (sql, call) => {
    if (sql.length === 2) {
      const charset = argumentsOf(call)[1]!
      return isNull(charset) ? 'CAST(NULL AS VARCHAR)' : decodeSql(sql[0]!, charsetOf('decode', charset))
    }
    // n searches with their values, then n results and perhaps a default.
    const pairs = Math.floor(sql.length / 3)
    const results = sql.slice(pairs * 2)
    const branches = Array.from(
      { length: pairs },
      (_, index) => `WHEN ${sql[index * 2]} IS NOT DISTINCT FROM ${sql[index * 2 + 1]} THEN ${results[index]}`,
    )
    return `CASE ${branches.join(' ')} ELSE ${results[pairs] ?? 'NULL'} END`
  },
}

const toBinary = (name: 'to_binary' | 'try_to_binary'): SparkFunction =>
  simple(
    name,
    [STRING, STRING],
    BINARY,
    ([text], call) => {
      const given = argumentsOf(call)[1]
      if (given && isNull(given)) return 'CAST(NULL AS BLOB)'
      const format = given === undefined ? 'hex' : constantText(given)?.toLowerCase()
      const failure = (shown: string) => (name === 'to_binary' ? invalidConversion(text!, shown) : 'NULL')
      switch (format) {
        case 'hex':
          return bytesOfHex(text!, failure('HEX'))
        case 'utf-8':
        case 'utf8':
          return `encode(${text})`
        case 'base64':
          return bindNames(
            'bs',
            [text!],
            (s) =>
              `CASE WHEN regexp_matches(${s}, '[^A-Za-z0-9+/=\\s]') THEN ${failure('BASE64')} ELSE ${bytesOfBase64(s, failure('BASE64'))} END`,
          )
        default:
          if (name === 'try_to_binary') return 'CAST(NULL AS BLOB)'
          throw new SqlError(
            'DATATYPE_MISMATCH.INVALID_ARG_VALUE',
            `The format of ${name} is one of hex, utf-8, utf8 and base64`,
          )
      }
    },
    { optional: 1, nullable: true },
  )

const asText = (sql: string, bytes: boolean): string => (bytes ? `TRY(decode(${sql}))` : sql)

/** Texts here are UTF-8 always; only bytes may not be. */
const utf8 = (name: string, otherwise: (sql: string) => string): SparkFunction =>
  textOrBytes(name, STRING, (sql, bytes) =>
    bytes ? `CASE WHEN ${sql} IS NOT NULL THEN coalesce(${asText(sql, true)}, ${otherwise(sql)}) END` : sql,
  )

export const STRING_CODE: readonly SparkFunction[] = [
  simple('ascii', [STRING], INTEGER, ([s]) => `CAST(ascii(${s}) AS INTEGER)`),
  simple(
    'char',
    [LONG],
    STRING,
    ([n]) =>
      bindNames(
        'ch',
        [n!],
        (x) => `CASE WHEN ${x} < 0 THEN '' WHEN ${x} IS NOT NULL THEN chr(CAST(${x} & 255 AS INTEGER)) END`,
      ),
    {
      aliases: ['chr'],
    },
  ),
  simple(
    'base64',
    [BINARY],
    STRING,
    ([b]) => `rtrim(regexp_replace(base64(${b}), '(.{76})', '\\1' || chr(13) || chr(10), 'g'), chr(13) || chr(10))`,
  ),
  simple('unbase64', [STRING], BINARY, ([s]) => bytesOfBase64(s!, invalidConversion(s!, 'BASE64'))),
  textOrBytes('bit_length', INTEGER, (s, bytes) => `CAST(${bytes ? 'octet_length' : 'strlen'}(${s}) * 8 AS INTEGER)`),
  textOrBytes('octet_length', INTEGER, (s, bytes) => `CAST(${bytes ? 'octet_length' : 'strlen'}(${s}) AS INTEGER)`),
  encode,
  decode,
  toBinary('to_binary'),
  toBinary('try_to_binary'),
  textOrBytes(
    'is_valid_utf8',
    BOOLEAN,
    (sql, bytes) => `CASE WHEN ${sql} IS NOT NULL THEN ${bytes ? `TRY(decode(${sql})) IS NOT NULL` : 'true'} END`,
  ),
  utf8('validate_utf8', () => raise('INVALID_UTF8_STRING', 'The bytes are no UTF-8')),
  utf8('try_validate_utf8', () => 'NULL'),
  utf8('make_valid_utf8', () => raise('UNSUPPORTED_FEATURE', 'Bytes that are no UTF-8 are not repaired here')),
]
