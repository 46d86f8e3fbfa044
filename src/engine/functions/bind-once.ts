const SHORT = 80

/**
 * SQL that uses its arguments several times without writing them several times: short ones as they are, others bound by
 * a lambda over a list of one struct.
 */
export const bindOnce = (args: readonly string[], body: (...names: readonly string[]) => string): string => {
  if (args.every((arg) => arg.length <= SHORT)) return body(...args)
  const fields = args.map((arg, index) => `v${index} := ${arg}`)
  const names = args.map((_, index) => `bound.v${index}`)
  return `list_transform([struct_pack(${fields.join(', ')})], lambda bound: ${body(...names)})[1]`
}
