import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitRoot, ensureRoot } from './base-image.ts'
import { buildah } from './buildah.ts'
import { attempt, progress, run } from './command.ts'
import { withLock } from './lock.ts'
import { ensurePackages, imagePackages } from './packages.ts'
import { cache, repository } from './paths.ts'
import { writeLayout } from './product-image.ts'

export const sparkVersion = '4.1.1'
export const sparkImage = `localhost/spark:${sparkVersion}`

const images = join(cache, 'images')
const recipe = join(repository, 'images/spark')
const debian = ['openjdk-17-jre-headless', 'python3', 'python3-numpy', 'procps', 'tini', 'ca-certificates']

/** Folders of the pyspark package that lie beside `python/` in SPARK_HOME; the rest is the Python package itself. */
const home = ['bin', 'sbin', 'jars', 'data', 'examples', 'licenses'] as const

/** The context that images/spark/Dockerfile is built from, with SPARK_HOME made of PyPI's pyspark. */
async function stageContext(): Promise<string> {
  const context = join(images, `spark-${sparkVersion}`)
  if (!existsSync(join(context, 'spark'))) {
    progress(`pyspark ${sparkVersion} (half a gigabyte, once)`)
    const site = join(images, `spark-site-${process.pid}`)
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--target', site]
    try {
      await run('python3', [...pip, `pyspark==${sparkVersion}`])
      const partial = join(context, 'spark.partial')
      await rm(partial, { recursive: true, force: true })
      await mkdir(join(partial, 'python'), { recursive: true })
      for (const name of home) await rename(join(site, 'pyspark', name), join(partial, name))
      await rename(join(site, 'pyspark/python/lib'), join(partial, 'python/lib'))
      await rm(join(site, 'pyspark/python'), { recursive: true })
      await rename(join(site, 'pyspark'), join(partial, 'python/pyspark'))
      await rename(partial, join(context, 'spark'))
    } finally {
      await rm(site, { recursive: true, force: true })
    }
  }
  for (const name of await readdir(recipe)) await cp(join(recipe, name), join(context, name))
  return context
}

/** SPARK_HOME on this machine, for those who compile against its jars. */
export async function sparkHome(): Promise<string> {
  return await withLock(join(images, 'spark.lock'), async () => join(await stageContext(), 'spark'))
}

export async function buildSparkWithEngine(engine: 'docker' | 'podman'): Promise<void> {
  await withLock(join(images, 'spark.lock'), async () => {
    await run(engine, ['build', '--tag', sparkImage, await stageContext()], { show: true })
  })
}

/** Builds it without Docker and gives the folder that holds it in the OCI layout; built again only when its recipe changed. */
export async function buildSparkWithBuildah(): Promise<string> {
  await ensurePackages(imagePackages)
  return await withLock(join(images, 'spark.lock'), async () => {
    const layout = join(images, 'spark-layout')
    const key = await recipeKey()
    if ((await readFile(join(layout, 'key'), 'utf8').catch(() => '')) === key) return layout
    const context = await stageContext()
    const base = await ensureJava()
    progress('building the Spark image')
    const isolation = ['--isolation', 'chroot', '--pull-never', '--layers', '--quiet']
    await run(...buildah(['bud', ...isolation, '--build-arg', `BASE=${base}`, '--tag', sparkImage, context]))
    const pushed = join(images, 'spark-pushed')
    await run(...buildah(['push', '--quiet', '--disable-compression', sparkImage, `dir:${pushed}`]))
    await writeLayout(pushed, layout, sparkImage)
    await rm(pushed, { recursive: true, force: true })
    await writeFile(join(layout, 'key'), key)
    return layout
  })
}

async function ensureJava(): Promise<string> {
  const name = `localhost/bellows-java:${digest(JSON.stringify(debian))}`
  if ((await attempt(...buildah(['inspect', '--type', 'image', name]))).code === 0) return name
  await commitRoot(await ensureRoot('debian-java', debian), name)
  return name
}

async function recipeKey(): Promise<string> {
  const files = await Promise.all((await readdir(recipe)).sort().map((name) => readFile(join(recipe, name), 'utf8')))
  return digest(JSON.stringify([sparkImage, debian, files]))
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)
