const SHORT = 80

/**
 * SQL that uses its arguments several times without writing them several times: short ones as they are, others bound by
 * a lambda over a list of one struct.
 */
export const bindOnce = (args: readonly string[], body: (...names: readonly string[]) => string): string => {
  if (args.every((arg) => arg.length <= SHORT)) return body(...args)
  const name = freshName(args)
  const fields = args.map((arg, index) => `v${index} := ${arg}`)
  const names = args.map((_, index) => `${name}.v${index}`)
  return `list_transform([struct_pack(${fields.join(', ')})], lambda ${name}: ${body(...names)})[1]`
}

/** A name for what is bound that no outer binding has whose names the arguments use. */
const freshName = (args: readonly string[]): string => {
  const used = args.flatMap((arg) => [...arg.matchAll(/\bb(\d+)\.v/g)].map((match) => Number(match[1])))
  return `b${used.reduce((most, number) => Math.max(most, number), 0) + 1}`
}
