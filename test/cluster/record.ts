import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { clusterPaths, clusters } from './paths.ts'
import type { ProcessMark } from './process-mark.ts'

/** What `down` must know to leave the machine as it was found. */
export type ClusterRecord = {
  readonly name: string
  readonly kind: 'local' | 'kind'
  readonly nodes: boolean
  /** Tells the address ranges and the device of one cluster from another's. */
  readonly index: number
  /** The process 1 of the cluster's own namespaces: when it ends, everything inside ends. */
  readonly holder?: ProcessMark
}

export async function readRecord(name: string): Promise<ClusterRecord | undefined> {
  const text = await readFile(clusterPaths(name).record, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as ClusterRecord)
}

export async function writeRecord(record: ClusterRecord): Promise<void> {
  const file = clusterPaths(record.name).record
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2))
  await rename(`${file}.new`, file)
}

export async function recordedNames(): Promise<readonly string[]> {
  const names: string[] = []
  for (const entry of await readdir(clusters, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory() && (await readRecord(entry.name)) !== undefined) names.push(entry.name)
  }
  return names.sort()
}
