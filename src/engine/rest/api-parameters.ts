/** An answer that is no data. Texts are Spark's. */
export class ApiProblem extends Error {
  readonly status: 400 | 404

  constructor(status: 400 | 404, message: string) {
    super(message)
    this.status = status
  }
}

export const notFound = (message: string): ApiProblem => new ApiProblem(404, message)

/** Spark answers 404, not 400, to a parameter that it cannot read. */
const unreadable = (name: string, text: string, wanted: string): ApiProblem =>
  notFound(`Bad value for parameter "${name}".  Expected ${wanted}, got "${text}"`)

export const integerParameter = (query: URLSearchParams, name: string, fallback: number): number => {
  const text = query.get(name)
  if (text === null || text === '') return fallback
  if (!/^[+-]?\d{1,9}$/.test(text)) throw unreadable(name, text, 'an integer')
  return Number(text)
}

/** Java's rule for booleans: all but `true` is false. */
export const booleanParameter = (query: URLSearchParams, name: string, fallback: boolean): boolean => {
  const text = query.get(name)
  return text === null ? fallback : text.toLowerCase() === 'true'
}

/** Values of a parameter that may be given several times, in capitals; none: all. */
export const choices = <T extends string>(query: URLSearchParams, name: string, known: readonly T[]): readonly T[] =>
  query.getAll(name).map((text) => {
    const found = known.find((each) => each === text.toUpperCase())
    if (found === undefined) throw unreadable(name, text, `one of ${known.join(', ')}`)
    return found
  })

export const quantilesParameter = (query: URLSearchParams): readonly number[] =>
  (query.get('quantiles') ?? '0.05,0.25,0.5,0.75,0.95').split(',').map((text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= 0 && value <= 1))
      throw new ApiProblem(400, `Bad value for parameter "quantiles".  Expected a double, got "${text}"`)
    return value
  })
