import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Arguments, parseArguments } from './arguments.ts'
import { ensureBinaries, everyModule } from './binaries.ts'
import { kubectlCommand } from './client.ts'
import { progress, run } from './command.ts'
import { askConsent } from './consent.ts'
import { load } from './images.ts'
import { answeringEngine, downKind, kindAilment, kindIsUsable, upKind } from './kind-cluster.ts'
import { ailment, down, up } from './local-cluster.ts'
import { withLock } from './lock.ts'
import { ensurePause } from './namespaces.ts'
import { clusterPaths, clusters } from './paths.ts'
import { buildWithBuildah, buildWithEngine, productImage } from './product-image.ts'
import { type ClusterRecord, readRecord, recordedNames } from './record.ts'

async function act(options: Arguments): Promise<void> {
  const { action, name } = options
  switch (action) {
    case 'up':
      return await start(options)
    case 'down':
      for (const each of options.all ? await recordedNames() : [name]) await stop(each)
      return
    case 'load':
      await locked(name, async () => await load(await existing(name), options.rest[0]))
      return progress(`image loaded on cluster ${name}`)
    case 'status':
      return await tellStatus(options)
    case 'kubeconfig':
      return void process.stdout.write(`${await kubeconfigOf(options)}\n`)
    case 'build':
      await ensureBinaries(everyModule)
      await ensurePause()
      return progress('every binary is in the cache')
    case 'image':
      return await buildImage()
    case 'kubectl':
      process.exitCode = await kubectl(options)
      return
  }
}

async function buildImage(): Promise<void> {
  const engine = await answeringEngine()
  if (engine === undefined) return progress(`${productImage} is in ${await buildWithBuildah()}`)
  await buildWithEngine(engine)
  progress(`${productImage} is in the store of ${engine}`)
}

async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  return await withLock(join(clusters, `${name}.lock`), work)
}

async function existing(name: string): Promise<ClusterRecord> {
  const record = await readRecord(name)
  if (record === undefined) throw new Error(`no cluster ${name}; start it with: npm run cluster -- up --name ${name}`)
  return record
}

/** The cluster named explicitly, else kind where it works, else the local one. */
async function start({ name, kubeconfig, nodes, yes, kind }: Arguments): Promise<void> {
  if (kubeconfig !== undefined) {
    await run(kubectlCommand(), ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'])
    progress('the cluster that was named answers')
  } else {
    const known = (await readRecord(name))?.kind
    const choice = known ?? kind ?? (nodes && (await kindIsUsable()) ? 'kind' : 'local')
    // a cluster that is there was agreed to when it was started
    if (choice === 'local') await askConsent(yes || known !== undefined)
    await locked(name, async () => await (choice === 'kind' ? upKind(name) : up(name, nodes)))
  }
  process.stdout.write(`${kubeconfig ?? clusterPaths(name).kubeconfig}\n`)
}

async function stop(name: string): Promise<void> {
  const record = await readRecord(name)
  if (record === undefined) return progress(`no cluster ${name}: nothing to take down`)
  if (record.kind === 'local') await askConsent(true)
  await locked(name, async () => await (record.kind === 'kind' ? downKind(record) : down(record)))
  progress(`cluster ${name} is down`)
}

async function tellStatus({ name, kubeconfig }: Arguments): Promise<void> {
  if (kubeconfig !== undefined) process.stdout.write(`explicit\t${kubeconfig}\n`)
  for (const each of await recordedNames()) {
    const record = await existing(each)
    const sick = await (record.kind === 'kind' ? kindAilment(record) : ailment(record))
    const health = sick === undefined ? 'healthy' : `unhealthy: ${sick}`
    process.stdout.write(`${each}\t${record.kind}\t${health}\t${clusterPaths(each).kubeconfig}\n`)
    if (each === name && sick !== undefined) process.exitCode = 1
  }
  if (kubeconfig === undefined && (await readRecord(name)) === undefined) {
    process.stdout.write(`${name}\tdown\n`)
    process.exitCode = 1
  }
}

async function kubeconfigOf({ name, kubeconfig }: Arguments): Promise<string> {
  return kubeconfig ?? ((await existing(name)) && clusterPaths(name).kubeconfig)
}

async function kubectl(options: Arguments): Promise<number> {
  const args = ['--kubeconfig', await kubeconfigOf(options), ...options.rest]
  return spawnSync(kubectlCommand(), args, { stdio: 'inherit' }).status ?? 1
}

function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause === undefined ? cause.message : `${cause.message}\n  because: ${explain(cause.cause)}`
}

try {
  await act(parseArguments(process.argv.slice(2), process.env))
} catch (cause) {
  process.stderr.write(`${explain(cause)}\n`)
  process.exitCode = 1
}
