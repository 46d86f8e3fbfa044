import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { userError } from '../errors.ts'
import { isUrl, normalizePath } from '../sources/list-files.ts'

/** A new directory for an action to write into. Throws EngineError where there is one already, as Hadoop's writers do. */
export const outputDirectory = async (path: string): Promise<string> => {
  const directory = normalizePath(path)
  if (isUrl(directory)) throw userError(`${path}: files are written to directories that driver and executors see`)
  const there = await access(directory).then(
    () => true,
    () => false,
  )
  if (there) throw userError(`Output directory ${path} already exists`)
  await mkdir(join(directory, '_temporary'), { recursive: true })
  return directory
}

/** Moves the files of the attempts that count into place, and says so with _SUCCESS. */
export const commitFiles = async (directory: string, files: readonly string[]): Promise<readonly string[]> => {
  const made: string[] = []
  for (const file of files) {
    const target = join(directory, basename(file))
    await rename(file, target)
    made.push(target)
  }
  await rm(join(directory, '_temporary'), { recursive: true, force: true })
  await writeFile(join(directory, '_SUCCESS'), '')
  return made
}

/** After a failure nothing of the output is left, unless others have put files there. */
export const abortFiles = async (directory: string): Promise<void> => {
  await rm(join(directory, '_temporary'), { recursive: true, force: true })
  if ((await readdir(directory)).length === 0) await rm(directory, { recursive: true, force: true })
}
