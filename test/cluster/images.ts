import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { progress, run } from './command.ts'
import { answeringEngine, kindName } from './kind-cluster.ts'
import { ctr } from './pause-image.ts'
import type { ProcessMark } from './process-mark.ts'
import { buildWithBuildah, buildWithEngine, productImage } from './product-image.ts'
import type { ClusterRecord } from './record.ts'
import { buildSparkWithBuildah, buildSparkWithEngine, sparkImage } from './spark-image.ts'

/** Puts an image on the cluster's nodes: an archive, Spark's (`spark`), or the product's own, built now. */
export async function load(record: ClusterRecord, wanted: string | undefined): Promise<void> {
  const spark = wanted === 'spark'
  const archive = spark ? undefined : wanted
  if (archive !== undefined && !existsSync(archive)) throw new Error(`no such image archive: ${archive}`)
  if (record.kind === 'kind') {
    return await loadOnKind(kindName(record.name), archive, spark)
  }
  if (!record.nodes || record.holder === undefined) throw new Error(`cluster ${record.name} has no node to load on`)
  if (archive !== undefined) return await importArchive(record.holder, `cat '${resolve(archive)}'`)
  const layout = await (spark ? buildSparkWithBuildah() : buildWithBuildah())
  // a layer the node has takes seconds to send and none to leave out
  const there = await layersOnNode(record.holder)
  const known = (await readdir(join(layout, 'blobs/sha256'))).filter((blob) => there.has(blob))
  const without = known.map((blob) => `--exclude='./blobs/sha256/${blob}'`).join(' ')
  await importArchive(record.holder, `tar -C '${layout}' ${without} -cf - .`)
}

async function loadOnKind(name: string, archive: string | undefined, spark = false): Promise<void> {
  if (archive !== undefined) {
    await run('kind', ['load', 'image-archive', resolve(archive), '--name', name], { show: true })
    return
  }
  const engine = await answeringEngine()
  if (engine === undefined) throw new Error('no container engine answers; start Docker or Podman and run again')
  const image = spark ? sparkImage : productImage
  await (spark ? buildSparkWithEngine : buildWithEngine)(engine)
  if (engine === 'docker') return void (await run('kind', ['load', 'docker-image', image, '--name', name]))
  const saved = join(tmpdir(), `bellows-image-${process.pid}.tar`) // kind asks Docker alone for an image by its name
  await run(engine, ['save', '--output', saved, image])
  await loadOnKind(name, saved).finally(() => rm(saved, { force: true }))
}

async function importArchive(holder: ProcessMark, reading: string): Promise<void> {
  progress('importing into containerd')
  const importing = ctr(holder, ['images', 'import', '-'])
    .map((word) => `'${word}'`)
    .join(' ')
  await run('bash', ['-o', 'pipefail', '-c', `${reading} | ${importing}`])
}

async function layersOnNode(holder: ProcessMark): Promise<ReadonlySet<string>> {
  const [command = '', ...args] = ctr(holder, ['content', 'ls', '-q'])
  return new Set((await run(command, args)).split('\n').map((digest) => digest.replace('sha256:', '')))
}
