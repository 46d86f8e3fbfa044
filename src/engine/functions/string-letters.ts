import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BOOLEAN, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { unsupported, wrongType } from './refuse.ts'
import { checkCount, coerced, simple } from './signature.ts'

const letters = (text: string): string => `string_split(${text}, '')`

/** The order of code points; DuckDB's reverse keeps letters and their accents together. */
const reversed = (text: string): string =>
  bindNames(
    'rv',
    [text],
    (s) =>
      `CASE WHEN strlen(${s}) = length(${s}) THEN reverse(${s}) ELSE array_to_string(list_reverse(${letters(s)}), '') END`,
  )

const reverse: SparkFunction = {
  name: 'reverse',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('reverse', given, 1)
    const arg = given[0]!.type.kind === 'array' ? given[0]! : coerced('reverse', given, 0, STRING, settings)
    return { args: [arg], type: arg.type, nullable: arg.nullable }
  },
  emit: ([value], call) => (call.type.kind === 'array' ? `list_reverse(${value})` : reversed(value!)),
}

/** Words are parted by spaces only. Source: UTF8String.toTitleCase. */
const initcap = (text: string): string =>
  `array_to_string(list_transform(string_split(lower(${text}), ' '), lambda word: upper(left(word, 1)) || substr(word, 2)), ' ')`

/** Codes of the letters; 7 is passed over (H, W), 0 parts equal codes. Source: UTF8String.soundex. */
const CODES = '01230127022455012623017202'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

const soundex = (text: string): string =>
  bindNames('sx', [text], (s) => {
    const codes = `translate(regexp_replace(${s}, '[^A-Za-z]', 'a', 'g'), '${LETTERS}${LETTERS.toLowerCase()}', '${CODES}${CODES}')`
    let single = `replace(left(${codes}, 1), '7', '0') || replace(substr(${codes}, 2), '7', '')`
    for (const code of '123456') single = `regexp_replace(${single}, '${code}+', '${code}', 'g')`
    return `CASE WHEN regexp_matches(${s}, '^[A-Za-z]') THEN upper(left(${s}, 1)) || left(replace(substr(${single}, 2), '0', '') || '000', 3) ELSE ${s} END`
  })

/** Digits from the right: every second one doubled, the sum a multiple of ten. */
const luhn = (text: string): string =>
  bindNames('lu', [text], (s) => {
    const digit = (place: string) => `CAST(substr(reverse(${s}), ${place} + 1, 1) AS INTEGER)`
    const doubled = `CASE WHEN place % 2 = 0 THEN ${digit('place')} WHEN ${digit('place')} > 4 THEN ${digit('place')} * 2 - 9 ELSE ${digit('place')} * 2 END`
    return `CASE WHEN ${s} IS NULL THEN NULL WHEN regexp_full_match(${s}, '[0-9]+') THEN list_sum(list_transform(range(0, length(${s})), lambda place: ${doubled})) % 10 = 0 ELSE false END`
  })

const KINDS = [
  ['\\p{Lu}', 'X'],
  ['\\p{Ll}', 'x'],
  ['\\p{Nd}', 'n'],
  ['', undefined],
] as const

/** Each letter by its kind; a null replacement leaves it. The replacements are constants, as Spark has it. */
const mask: SparkFunction = {
  name: 'mask',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('mask', given, 1, 5)
    const args = given.map((_, index) => coerced('mask', given, index, STRING, settings))
    for (const [index, arg] of args.entries()) {
      if (index === 0 || isNull(arg)) continue
      const text = constantText(arg)
      if (text === undefined)
        throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', `Argument ${index + 1} of mask must be a constant`)
      if (text.length !== 1)
        throw new SqlError(
          'DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE',
          `Argument ${index + 1} of mask must be one character`,
        )
    }
    return { args, type: STRING, nullable: args[0]!.nullable }
  },
  emit: ([text, ...given], call) => {
    const replacements = argumentsOf(call).slice(1)
    const branches = KINDS.flatMap(([pattern, usual], index) => {
      const own = replacements[index]
      const sql =
        own === undefined ? (usual === undefined ? undefined : `'${usual}'`) : isNull(own) ? undefined : given[index]!
      if (pattern === '') return [`ELSE ${sql ?? 'letter'}`]
      return [`WHEN regexp_full_match(letter, '${pattern}') THEN ${sql ?? 'letter'}`]
    })
    return bindNames(
      'mk',
      [text!],
      (s) =>
        `CASE WHEN ${s} = '' THEN '' ELSE array_to_string(list_transform(${letters(s)}, lambda letter: CASE ${branches.join(' ')} END), '') END`,
    )
  },
}

const isNull = (arg: Expression): boolean => {
  const inner = arg.kind === 'cast' ? arg.child : arg
  return inner.kind === 'literal' && inner.value === null
}

/** The first place of a letter counts; letters without a partner vanish. */
const translate = simple('translate', [STRING, STRING, STRING], STRING, ([text, from, to], call) => {
  const [, letters_, partners] = argumentsOf(call).map(constantText)
  if (letters_ !== undefined && partners !== undefined) {
    const seen = new Map<string, string>()
    const targets = [...partners]
    for (const [index, letter] of [...letters_].entries()) if (!seen.has(letter)) seen.set(letter, targets[index] ?? '')
    const kept = [...seen].filter(([, target]) => target !== '')
    const gone = [...seen].filter(([, target]) => target === '')
    const quote = (parts: readonly string[]) => `'${parts.join('').replaceAll("'", "''")}'`
    return `translate(${text}, ${quote([...kept, ...gone].map(([letter]) => letter))}, ${quote(kept.map(([, target]) => target))})`
  }
  return bindNames('tr', [text!, from!, to!], (s, f, t) => {
    const partner = `substr(${t}, CAST(list_position(${letters(f)}, letter) AS BIGINT), 1)`
    return `CASE WHEN ${s} = '' AND ${f} IS NOT NULL AND ${t} IS NOT NULL THEN '' WHEN ${f} IS NOT NULL AND ${t} IS NOT NULL THEN array_to_string(list_transform(${letters(s)}, lambda letter: CASE WHEN contains(${f}, letter) THEN ${partner} ELSE letter END), '') END`
  })
})

/** Text to map, entries and keys parted by constant texts. Source: Spark's StringToMap; its delimiters are regular expressions. */
const PLAIN = /^[^\\[\](){}.*+?^$|]+$/

const strToMap: SparkFunction = {
  name: 'str_to_map',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('str_to_map', given, 1, 3)
    const args = given.map((_, index) => coerced('str_to_map', given, index, STRING, settings))
    for (const arg of args.slice(1)) {
      if (isNull(arg)) continue
      const text = constantText(arg)
      if (text === undefined || !PLAIN.test(text))
        throw unsupported('The delimiters of str_to_map must be constant texts here, no patterns')
    }
    return {
      args: args.map((arg) => castTo(arg, STRING, settings)),
      type: { kind: 'map', key: STRING, value: STRING, valueContainsNull: true },
      nullable: args.some((arg) => arg.nullable),
    }
  },
  emit: ([text, between, within], call) => {
    if (argumentsOf(call).slice(1).some(isNull)) return 'CAST(NULL AS MAP(VARCHAR, VARCHAR))'
    const [entry, key] = [between ?? "','", within ?? "':'"]
    return bindNames('sm', [text!], (s) => {
      const value = `CASE WHEN contains(part, ${key}) THEN substr(part, instr(part, ${key}) + length(${key})) END`
      const entries = `list_transform(string_split(${s}, ${entry}), lambda part: struct_pack(k := string_split(part, ${key})[1], v := ${value}))`
      return bindNames(
        'sn',
        [entries],
        (list) =>
          `CASE WHEN ${s} IS NULL THEN NULL WHEN len(list_distinct(list_transform(${list}, lambda one: one.k))) < len(${list}) THEN error('[DUPLICATED_MAP_KEY] Duplicate map key was found, please check the input data') ELSE map_from_entries(${list}) END`,
      )
    })
  },
}

export const STRING_LETTERS: readonly SparkFunction[] = [
  reverse,
  simple('initcap', [STRING], STRING, ([s]) => initcap(s!)),
  {
    name: 'soundex',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('soundex', given, 1)
      const [text] = given
      // Spark casts nothing here.
      if (text!.type.kind !== 'string' && text!.type.kind !== 'void')
        throw wrongType('soundex', 0, 'STRING', text!.type)
      return { args: [castTo(text!, STRING, settings)], type: STRING, nullable: text!.nullable }
    },
    emit: ([s]) => soundex(s!),
  },
  simple('luhn_check', [STRING], BOOLEAN, ([s]) => luhn(s!)),
  mask,
  translate,
  strToMap,
  simple('replace', [STRING, STRING, STRING], STRING, ([s, search, by]) => `replace(${s}, ${search}, ${by ?? "''"})`, {
    optional: 1,
  }),
  simple('quote', [STRING], STRING, ([s]) => `('''' || replace(${s}, '''', '\\''') || '''')`),
]
