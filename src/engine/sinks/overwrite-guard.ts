import { relative } from 'node:path'

/** Directories that hold more than any job's output; absolute paths. */
export interface Precious {
  readonly home: string
  readonly working: string
}

/** Why overwriting `root` would delete what no job wrote; undefined where nothing speaks against it. Pure. */
export const whyNotOverwrite = (root: string, { home, working }: Precious): string | undefined => {
  if (relative(root, '/') === '') return 'it is the root directory'
  for (const [name, directory] of [
    ['home', home],
    ['working', working],
  ] as const) {
    const below = relative(root, directory)
    if (below === '') return `it is the ${name} directory`
    if (below !== '..' && !below.startsWith('../')) return `the ${name} directory (${directory}) is in it`
  }
  return undefined
}
