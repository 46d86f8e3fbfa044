import { userError } from './errors.ts'

/** Spark properties of one application, as given; keys are case-sensitive, as in Spark. */
export type Conf = Readonly<Record<string, string>>

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 }
const TIMES: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Bytes of `512m`, `1g`, `1048576`. Source: Spark's configuration page, "Spark Properties"; no unit means bytes. */
export const parseBytes = (text: string): number | undefined => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([bkmgtp])?(?:i?b)?\s*$/i.exec(text)
  if (match === null) return undefined
  return Math.floor(Number(match[1]) * (UNITS[(match[2] ?? 'b').toLowerCase()] ?? 1))
}

/** Milliseconds of `25ms`, `5s`, `10m`, `3h`; no unit means milliseconds. */
export const parseDuration = (text: string): number | undefined => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h|d)?\s*$/i.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * (TIMES[(match[2] ?? 'ms').toLowerCase()] ?? 1)
}

const read = <T>(conf: Conf, key: string, fallback: T, parse: (text: string) => T | undefined, wanted: string): T => {
  const text = conf[key]
  if (text === undefined) return fallback
  const value = parse(text)
  if (value === undefined) throw userError(`${key} is "${text}"; it wants ${wanted}`)
  return value
}

export const confBytes = (conf: Conf, key: string, fallback: number): number =>
  read(conf, key, fallback, parseBytes, 'a size such as 512m or 1g')

export const confDuration = (conf: Conf, key: string, fallback: number): number =>
  read(conf, key, fallback, parseDuration, 'a time such as 500ms or 30s')

export const confInteger = (conf: Conf, key: string, fallback: number): number =>
  read(
    conf,
    key,
    fallback,
    (text) => (/^\s*\d+\s*$/.test(text) ? Number(text) : undefined),
    'a whole number, 0 or more',
  )

export const confBoolean = (conf: Conf, key: string, fallback: boolean): boolean =>
  read(conf, key, fallback, parseBoolean, 'true or false')

export const parseBoolean = (text: string): boolean | undefined => {
  const word = text.trim().toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

export const confChoice = <T extends string>(conf: Conf, key: string, fallback: T, choices: readonly T[]): T =>
  read(
    conf,
    key,
    fallback,
    (text) => choices.find((choice) => choice === text.trim().toLowerCase()),
    choices.join(' or '),
  )
