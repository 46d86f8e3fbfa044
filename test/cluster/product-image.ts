import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureBaseImage } from './base-image.ts'
import { buildah } from './buildah.ts'
import { progress, run } from './command.ts'
import { withLock } from './lock.ts'
import { ensurePackages, imagePackages } from './packages.ts'
import { cache, repository } from './paths.ts'

export const productImage = 'docker.io/library/bellows:dev'

const images = join(cache, 'images')
const lock = join(images, 'build.lock')
const sources = ['package.json', 'package-lock.json', 'src', 'crds', 'Dockerfile', '.dockerignore'] as const

/** The folder an image is built from: the production modules as they are installed here, and the sources as they are now. */
async function stageContext(): Promise<string> {
  const installed = await readFile(join(repository, 'node_modules/.package-lock.json'), 'utf8').catch((cause) => {
    throw new Error('no installed modules to put into the image; run npm ci first', { cause })
  })
  const key = createHash('sha256').update(installed).digest('hex').slice(0, 12)
  const context = join(images, `context-${key}`)
  if (!existsSync(context)) await stageModules(context, JSON.parse(installed) as Installed)
  for (const name of sources) {
    await rm(join(context, name), { recursive: true, force: true })
    if (existsSync(join(repository, name))) {
      await cp(join(repository, name), join(context, name), { recursive: true, preserveTimestamps: true })
    } else {
      await mkdir(join(context, name)) // the Dockerfile copies it, even when there is nothing yet
    }
  }
  return context
}

type Installed = {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>
}

/** What `npm ci --omit=dev` would give, without asking a registry for what is here already. */
async function stageModules(context: string, installed: Installed): Promise<void> {
  progress('production modules (once for what is installed)')
  for (const old of await readdir(images).catch(() => [])) {
    if (old.startsWith('context-')) await rm(join(images, old), { recursive: true, force: true })
  }
  const partial = `${context}.partial`
  const nested = (path: string) => path.lastIndexOf('node_modules/') > 0
  for (const [path, { dev, devOptional }] of Object.entries(installed.packages)) {
    if (dev || devOptional || nested(path) || !existsSync(join(repository, path))) continue
    if (['node_modules/node', 'node_modules/vega-datasets'].includes(path)) continue // see .dockerignore
    await cp(join(repository, path), join(partial, path), { recursive: true, preserveTimestamps: true })
  }
  await rename(partial, context)
}

/** Builds the product image from the repository's Dockerfile with a container engine, into the engine's own store. */
export async function buildWithEngine(engine: 'docker' | 'podman'): Promise<void> {
  await withLock(lock, async () => {
    await run(engine, ['build', '--tag', productImage, await stageContext()], { show: true })
  })
}

/** Builds it without Docker and gives the folder that holds it in the OCI layout, for containerd to import. */
export async function buildWithBuildah(): Promise<string> {
  await ensurePackages(imagePackages)
  return await withLock(lock, async () => {
    const base = await ensureBaseImage()
    const context = await stageContext()
    const layout = join(images, 'layout')
    const key = `${base} ${context} ${await digestOf(context)}`
    if ((await readFile(join(layout, 'key'), 'utf8').catch(() => '')) === key) return layout
    progress('building the image')
    const isolation = ['--isolation', 'chroot', '--pull-never', '--layers', '--quiet']
    await run(...buildah(['bud', ...isolation, '--build-arg', `BASE=${base}`, '--tag', productImage, context]))
    const pushed = join(images, 'pushed')
    // to this kind of folder layers go as they are; every other kind has them compressed first, which takes longest
    await run(...buildah(['push', '--quiet', '--disable-compression', productImage, `dir:${pushed}`]))
    await writeLayout(pushed, layout, productImage)
    await writeFile(join(layout, 'key'), key)
    await run(...buildah(['rmi', '--prune', '--force'])).catch(() => '') // another build may use one
    return layout
  })
}

/** What the image is made of, apart from the modules, which the context's own name stands for. */
async function digestOf(context: string): Promise<string> {
  const hash = createHash('sha256')
  const files: string[] = []
  for (const name of sources) {
    const entries = await readdir(join(context, name), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
    if (entries.length === 0) files.push(join(context, name))
  }
  for (const file of files.sort()) hash.update(file).update(await readFile(file).catch(() => ''))
  return hash.digest('hex')
}

/** Turns a pushed image into the OCI layout, under the name that containerd looks for. */
export async function writeLayout(pushed: string, layout: string, image: string): Promise<void> {
  await rm(layout, { recursive: true, force: true })
  const blobs = join(layout, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const manifest = await readFile(join(pushed, 'manifest.json'))
  const digest = createHash('sha256').update(manifest).digest('hex')
  for (const blob of await readdir(pushed)) {
    if (/^[0-9a-f]{64}$/.test(blob)) await rename(join(pushed, blob), join(blobs, blob))
  }
  await writeFile(join(blobs, digest), manifest)
  const { mediaType } = JSON.parse(manifest.toString('utf8')) as { mediaType: string }
  const annotations = { 'io.containerd.image.name': image }
  const manifests = [{ mediaType, digest: `sha256:${digest}`, size: manifest.length, annotations }]
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}
