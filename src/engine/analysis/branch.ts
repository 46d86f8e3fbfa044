/** One branch of a CASE, of syntax or of expressions. */
export const branch = <E>(when: E, then: E): { readonly when: E; readonly then: E } => {
  // biome-ignore lint/suspicious/noThenProperty: the name of the contract; nobody awaits a branch
  return { when, then }
}
