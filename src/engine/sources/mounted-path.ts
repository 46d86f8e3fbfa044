import { posix } from 'node:path'

/** Mount path → where it lies on this machine. */
export type PathTable = Readonly<Record<string, string>>

/**
 * `BELLOWS_PATH_MAP`: where volumes of this pod really are, where nothing is mounted (embedded mode). Empty or absent:
 * every path is what it says. Throws SyntaxError on what is not JSON.
 */
export const pathTable = (text: string | undefined): PathTable =>
  text === undefined || text === '' ? {} : (JSON.parse(text) as PathTable)

/** The local path of an absolute one: the longest mount that it lies under decides, only on the border of a name. */
export const mountedPath = (path: string, table: PathTable): string => {
  const normal = posix.normalize(path)
  const mounts = Object.keys(table).sort((a, b) => b.length - a.length)
  const mount = mounts.find((each) => normal === each || normal.startsWith(`${each.replace(/\/+$/, '')}/`))
  return mount === undefined ? path : `${table[mount]}${normal.slice(mount.replace(/\/+$/, '').length)}`
}
