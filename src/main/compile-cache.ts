import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Keeps what Node makes of the sources (types stripped, compiled) from one process to the next: a driver then starts in
 * 0.3 s instead of 0.9 s. NODE_COMPILE_CACHE names another place; where none can be written, nothing is kept.
 */
export const useCompileCache = (): void => {
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, '../../.bellows/compile-cache'))
}
