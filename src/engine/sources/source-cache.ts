import { createHash } from 'node:crypto'
import { isUrl, type SourceFile } from './list-files.ts'

/**
 * What was learnt of sets of files, for as long as they are as they were: the versions of the files are part of the key.
 * Bounded by the number of files that the entries stand for; what was not asked for longest goes first.
 */
export class SourceCache {
  private readonly known = new Map<string, { readonly files: number; readonly made: Promise<unknown> }>()
  private readonly most: number
  private files = 0

  constructor(most = 50_000) {
    this.most = most
  }

  /**
   * What `make` gives; `what` names the kind of knowledge and all else that it depends on. Files that may have changed
   * without a trace are looked at each time. A failure is not kept.
   */
  get<T>(what: string, files: readonly SourceFile[], make: () => Promise<T>): Promise<T> {
    if (files.length > this.most || !files.every(isVersioned)) return make()
    const key = createHash('sha256')
      .update(JSON.stringify([what, files]))
      .digest('base64')
    const found = this.known.get(key)
    if (found !== undefined) {
      this.known.delete(key)
      this.known.set(key, found)
      return found.made as Promise<T>
    }
    const made = make()
    this.known.set(key, { files: files.length, made })
    this.files += files.length
    made.catch(() => this.remove(key))
    for (const oldest of this.known.keys()) {
      if (this.files <= this.most) break
      this.remove(oldest)
    }
    return made
  }

  private remove(key: string): void {
    this.files -= this.known.get(key)?.files ?? 0
    this.known.delete(key)
  }
}

/** URLs are fetched once a process, and inputs of other stores name the version they mean. */
const isVersioned = ({ path, version, input }: SourceFile): boolean =>
  version !== undefined || input !== undefined || isUrl(path)
