/** One branch of a CASE, of syntax or of expressions. */
export const branch = <E>(when: E, then: E): { readonly when: E; readonly then: E } => {
  return { when, then }
}
