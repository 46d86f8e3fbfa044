import { BINARY, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantInteger, isNullLiteral } from './call-parts.ts'
import type { SparkFunction } from './function.ts'
import { unsupported } from './refuse.ts'
import { simple } from './signature.ts'

/** Digests of bytes as hexadecimal digits in small letters. */
export const HASH: readonly SparkFunction[] = [
  simple('md5', [BINARY], STRING, ([b]) => `md5(${b})`),
  simple('sha1', [BINARY], STRING, ([b]) => `sha1(${b})`, { aliases: ['sha'] }),
  simple(
    'sha2',
    [BINARY, INTEGER],
    STRING,
    ([b], call) => {
      const bits = argumentsOf(call)[1]
      if (isNullLiteral(bits)) return 'CAST(NULL AS VARCHAR)'
      const size = constantInteger(bits)
      if (size === undefined) throw unsupported('The length of sha2 must be a constant here')
      if (size === 0 || size === 256) return `sha256(${b})`
      if (size === 224 || size === 384 || size === 512)
        throw unsupported(`sha2 of ${size} bits is not computed here; use 256`)
      return 'CAST(NULL AS VARCHAR)'
    },
    { nullable: true },
  ),
  // The polynomial of CRC-32, bit by bit; DuckDB has no function for it.
  simple('crc32', [BINARY], LONG, ([b]) =>
    bindNames('cr', [b!], (x) => {
      const byte = `CAST(concat('0x', substr(hex(${x}), place * 2 + 1, 2)) AS BIGINT)`
      const shift = (value: string) =>
        `CASE WHEN ${value} & 1 = 1 THEN xor(${value} >> 1, 3988292384) ELSE ${value} >> 1 END`
      const bits = `list_reduce([0, 0, 0, 0, 0, 0, 0, 0]::BIGINT[], lambda crc, bit: ${shift('crc')}, xor(done, one))`
      const all = `list_reduce(list_transform(range(0, octet_length(${x})), lambda place: ${byte}), lambda done, one: ${bits}, CAST(4294967295 AS BIGINT))`
      return `CASE WHEN ${x} IS NOT NULL THEN CAST(xor(${all}, CAST(4294967295 AS BIGINT)) AS BIGINT) END`
    }),
  ),
]
