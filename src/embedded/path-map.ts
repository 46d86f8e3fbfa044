/** Where a path inside the container lies on this machine. */
export interface MappedPath {
  readonly from: string
  readonly to: string
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * A function that replaces every mapped path in a text, the longest first, only where a path begins and only up to the
 * end of a name: with `/data` mapped, `/data/x` and `file:///data` change, `/database` and `/srv/data` do not. One pass:
 * what has been put in is not looked at again.
 */
export const pathMap = (paths: readonly MappedPath[]): ((text: string) => string) => {
  const targets = new Map(paths.map(({ from, to }) => [from.replace(/\/+$/, ''), to]))
  targets.delete('')
  if (targets.size === 0) return (text) => text
  const alternatives = [...targets.keys()].sort((a, b) => b.length - a.length).map(escaped)
  const pattern = new RegExp(`(?:(?<![\\w./-])|(?<=:\\/\\/))(?:${alternatives.join('|')})(?![\\w.-])`, 'g')
  return (text) => text.replace(pattern, (found) => targets.get(found) ?? found)
}
