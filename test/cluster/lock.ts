import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { progress, sleep } from './command.ts'
import { isRunning, type ProcessMark, processMark } from './process-mark.ts'

/** One at a time across processes; a lock whose holder is gone is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  let told = false
  while (!(await take(file))) {
    if (!told) progress(`waiting for another run that holds ${file}`)
    told = true
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  const own = `${file}.${process.pid}`
  await writeFile(own, JSON.stringify(await processMark(process.pid)))
  try {
    await link(own, file) // unlike creating it, this never shows a lock without its holder's name
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new Error(`cannot lock ${file}`, { cause })
  } finally {
    await rm(own, { force: true })
  }
  const holder = await readFile(file, 'utf8').catch(() => '')
  if (holder !== '' && !(await isRunning(JSON.parse(holder) as ProcessMark))) await rm(file, { force: true })
  return false
}
