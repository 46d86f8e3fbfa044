import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, sleep } from './command.ts'
import type { Component } from './components.ts'
import { inside, runInside } from './namespaces.ts'
import type { ClusterPaths } from './paths.ts'
import type { ProcessMark } from './process-mark.ts'

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** Starts a part of the cluster inside its namespaces. Its process id there means nothing outside, so nothing else is hit. */
export async function startComponent(holder: ProcessMark, paths: ClusterPaths, component: Component): Promise<void> {
  const { name, command, path } = component
  await mkdir(paths.log, { recursive: true })
  await mkdir(paths.pids, { recursive: true })
  const search = path === undefined ? '' : `PATH=${quote(path)}:$PATH`
  const log = quote(join(paths.log, `${name}.log`))
  const id = await runInside(
    holder,
    `cd /; unset KUBECONFIG; ${search} setsid ${command.map(quote).join(' ')} >> ${log} 2>&1 < /dev/null & echo $!`,
  )
  await writeFile(join(paths.pids, name), id.trim())
}

export async function signalComponent(
  holder: ProcessMark,
  paths: ClusterPaths,
  name: string,
  signal: 'TERM' | 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  const id = (await readFile(join(paths.pids, name), 'utf8')).trim()
  await runInside(holder, `kill -${signal} ${id}`)
  while ((signal === 'TERM' || signal === 'KILL') && (await componentRuns(holder, paths, name))) await sleep(20)
}

export async function componentRuns(holder: ProcessMark, paths: ClusterPaths, name: string): Promise<boolean> {
  const id = (await readFile(join(paths.pids, name), 'utf8').catch(() => '')).trim()
  if (id === '') return false
  const [command = '', ...args] = inside(holder, ['grep', '-q', name.slice(0, 15), `/proc/${id}/comm`])
  return (await attempt(command, args)).code === 0
}

/** The end of a part's log, for the error that says it did not start. */
export async function logTail(paths: ClusterPaths, name: string, lines = 12): Promise<string> {
  const text = await readFile(join(paths.log, `${name}.log`), 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}
