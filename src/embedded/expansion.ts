/**
 * `$(NAME)` replaced by the variable's value; unknown names stay as they are, `$$` is a literal `$`.
 * Source: kubernetes third_party/forked/golang/expansion.
 */
export const expanded = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\$\$|\$\(([^()]*)\)/g, (found, name: string | undefined) =>
    name === undefined ? '$' : (variables.get(name) ?? found),
  )
