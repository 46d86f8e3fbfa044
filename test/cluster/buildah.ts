import { join } from 'node:path'
import { cache } from './paths.ts'

const storage = join(cache, 'images', 'storage')

/** Buildah with a store of its own, in a mount namespace of its own: it leaves mounts behind otherwise. */
export function buildah(args: readonly string[]): [string, readonly string[]] {
  const own = ['--storage-driver', 'overlay', '--root', storage, '--runroot', join(storage, 'run')]
  return ['unshare', ['--mount', '--propagation', 'private', 'buildah', ...own, ...args]]
}
