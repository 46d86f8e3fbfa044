import type { Conf } from '../../conf.ts'
import type { Engine } from '../../engine.ts'
import type { PreparedQuery } from '../../query/prepare.ts'
import type { SaveTarget } from '../save.ts'
import type { Written } from '../write-files.ts'
export const writeDelta = async (_e: Engine, _c: Conf, _q: PreparedQuery, _t: SaveTarget): Promise<Written> => { throw new Error('todo') }
