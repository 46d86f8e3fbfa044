/** Dates as Spark's API writes them: `2026-11-21T17:23:36.952GMT`. */
export const apiTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', 'GMT')

/** A date of a query parameter: that form, or a day. Undefined: neither. */
export const parseApiTime = (text: string): number | undefined => {
  const time = Date.parse(text.replace(/GMT$/, 'Z'))
  return Number.isNaN(time) ? undefined : time
}

/** A date as a field, only where there is one. */
export const optionalTime = <Name extends string>(name: Name, time: number | undefined) =>
  optional(name, time === undefined ? undefined : apiTime(time))

/** Field only where there is a value, as Spark leaves out what is None. */
export const optional = <Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: T })

export const executorName = (id: number): string => (id === 0 ? 'driver' : String(id))
