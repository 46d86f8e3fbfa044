const SHORT = 60

/**
 * As bindOnce, with names of the caller's choice: a bound value may be used inside lambdas and further bindings of
 * `body`, so `scope` must differ from that of every binding inside it.
 */
export const bindNames = (
  scope: string,
  args: readonly string[],
  body: (...names: readonly string[]) => string,
): string => {
  if (args.every((arg) => arg.length <= SHORT && !/^(?:CAST\()?error\(/.test(arg))) return body(...args)
  const fields = args.map((arg, index) => `${scope}${index} := ${arg}`)
  const names = args.map((_, index) => `${scope}.${scope}${index}`)
  return `list_transform([struct_pack(${fields.join(', ')})], lambda ${scope}: ${body(...names)})[1]`
}
