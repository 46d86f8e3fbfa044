import { BINARY, INTEGER, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText } from './call-parts.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { unsupported } from './refuse.ts'
import { checkCount, coerced, simple } from './signature.ts'

/** Characters from `start` on, as UTF8String.substringSQL counts them. Operands must be short SQL, they are repeated. */
const substringSql = (text: string, start: string, count: string | undefined): string => {
  const at = `CAST(${start} AS BIGINT)`
  const from = `CASE WHEN ${at} > 0 THEN ${at} - 1 WHEN ${at} < 0 THEN length(${text}) + ${at} ELSE 0 END`
  if (count === undefined) return `substr(${text}, greatest(${from}, 0) + 1)`
  const to = `(${from}) + CAST(${count} AS BIGINT)`
  return `substr(${text}, greatest(${from}, 0) + 1, greatest(${to} - greatest(${from}, 0), 0))`
}

/** left and right take bytes too; everything else becomes text. */
const cut = (name: 'left' | 'right', emit: (text: string, count: string) => string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    if (given[0]!.type.kind === 'binary') throw unsupported(`${name} of BINARY is not computed here; cast it to STRING`)
    const args = [coerced(name, given, 0, STRING, settings), coerced(name, given, 1, INTEGER, settings)]
    return { args, type: STRING, nullable: args.some((arg) => arg.nullable) }
  },
  emit: ([text, count]) => bindNames('cut', [text!, count!], emit),
})

/** Text before (count > 0) or after (count < 0) the count-th delimiter. Delimiters may overlap. Source: UTF8String.subStringIndex. */
const substringIndex = simple(
  'substring_index',
  [STRING, STRING, INTEGER],
  STRING,
  ([text, delimiter, count], call) => {
    const single = [...(constantText(argumentsOf(call)[1]) ?? '')].length === 1
    return bindNames('ix', single ? [text!, count!] : [text!, count!, delimiter!], (s, k, bound) => {
      const d = bound ?? delimiter!
      // array_to_string takes a constant separator only.
      const parts = `string_split(${s}, ${d})`
      const before = single
        ? `array_to_string(list_slice(${parts}, 1, ${k}), ${d})`
        : `coalesce(left(${s}, ${places(s, d)}[${k}] - 1), ${s})`
      const after = single
        ? `array_to_string(list_slice(${parts}, greatest(len(${parts}) + ${k} + 1, 1), len(${parts})), ${d})`
        : `coalesce(substr(${s}, ${places(s, d)}[${k}] + length(${d})), ${s})`
      return `CASE WHEN ${s} IS NULL OR ${d} IS NULL OR ${k} IS NULL THEN NULL WHEN ${k} = 0 OR ${d} = '' THEN '' WHEN ${k} > 0 THEN ${before} ELSE ${after} END`
    })
  },
)

const places = (text: string, part: string): string =>
  `list_filter(range(1, length(${text}) + 1), lambda place: substr(${text}, place, length(${part})) = ${part})`

/** An empty delimiter splits nothing; a part that is not there is empty. */
const splitPart = simple('split_part', [STRING, STRING, INTEGER], STRING, ([text, delimiter, part]) =>
  bindNames('sp', [text!, delimiter!, part!], (s, d, n) => {
    const zero = raise(
      'INVALID_INDEX_OF_ZERO',
      'The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).',
    )
    const parts = `CASE WHEN ${d} = '' THEN [${s}] ELSE string_split(${s}, ${d}) END`
    return `CASE WHEN ${s} IS NULL OR ${d} IS NULL OR ${n} IS NULL THEN NULL WHEN ${n} = 0 THEN ${zero} ELSE coalesce((${parts})[${n}], '') END`
  }),
)

/** Source: Spark's Overlay.calculate: a negative length counts as the length of the replacement. */
const overlay: SparkFunction = {
  name: 'overlay',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('overlay', given, 3, 4)
    if (given.slice(0, 2).some((arg) => arg.type.kind === 'binary'))
      throw unsupported('overlay of BINARY is not computed here; cast it to STRING')
    const args = given.map((_, index) => coerced('overlay', given, index, index < 2 ? STRING : INTEGER, settings))
    return { args, type: STRING, nullable: args.some((arg) => arg.nullable) }
  },
  emit: ([text, replacement, position, length]) =>
    bindNames('ov', [text!, replacement!, position!, length ?? '-1'], (s, r, p, n) => {
      const count = `CASE WHEN ${n} >= 0 THEN ${n} ELSE length(${r}) END`
      return `CASE WHEN ${n} IS NOT NULL AND ${p} IS NOT NULL THEN ${substringSql(s, '1', `(${p} - 1)`)} || ${r} || ${substringSql(s, `(${p} + (${count}))`, '2147483647')} END`
    }),
}

/** The n-th of the values. With ANSI a number outside is an error. */
const elt: SparkFunction = {
  name: 'elt',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('elt', given, 2, Number.POSITIVE_INFINITY)
    const bytes = given.slice(1).every((arg) => arg.type.kind === 'binary')
    const args = given.map((_, index) =>
      coerced('elt', given, index, index === 0 ? INTEGER : bytes ? BINARY : STRING, settings),
    )
    return { args, type: bytes ? BINARY : STRING, nullable: true }
  },
  emit: ([place, ...values], _, settings) =>
    bindNames('el', [place!], (n) => {
      const outside = settings.ansi
        ? ` WHEN ${n} IS NOT NULL THEN ${raise('INVALID_ARRAY_INDEX', `The index is out of bounds. The array has ${values.length} elements.`)}`
        : ''
      return `CASE ${values.map((value, index) => `WHEN ${n} = ${index + 1} THEN ${value}`).join(' ')}${outside} ELSE NULL END`
    }),
}

const pad = (name: 'lpad' | 'rpad'): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2, 3)
    if (given[0]!.type.kind === 'binary' && (given[2] === undefined || given[2].type.kind === 'binary'))
      throw unsupported(`${name} of BINARY is not computed here; cast it to STRING`)
    const args = given.map((_, index) => coerced(name, given, index, index === 1 ? INTEGER : STRING, settings))
    return { args, type: STRING, nullable: args.some((arg) => arg.nullable) }
  },
  emit: ([text, width, filler]) =>
    bindNames(
      'pa',
      [text!, width!, filler ?? "' '"],
      (s, n, f) =>
        `CASE WHEN ${s} IS NULL OR ${n} IS NULL OR ${f} IS NULL THEN NULL WHEN ${n} <= 0 THEN '' WHEN ${f} = '' OR length(${s}) >= ${n} THEN left(${s}, ${n}) ELSE ${name}(${s}, ${n}, ${f}) END`,
    ),
})

export const STRING_SLICE: readonly SparkFunction[] = [
  cut('left', (s, n) => `CASE WHEN ${n} > 0 THEN left(${s}, ${n}) WHEN ${n} IS NOT NULL THEN left(${s}, 0) END`),
  cut('right', (s, n) => `CASE WHEN ${n} > 0 THEN right(${s}, ${n}) WHEN ${n} IS NOT NULL THEN left(${s}, 0) END`),
  substringIndex,
  splitPart,
  overlay,
  elt,
  pad('lpad'),
  pad('rpad'),
  simple('repeat', [STRING, INTEGER], STRING, ([s, n]) => `repeat(${s}, ${n})`),
  simple('space', [INTEGER], STRING, ([n]) => `repeat(' ', ${n})`),
]
