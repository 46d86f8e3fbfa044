import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildah } from './buildah.ts'
import { attempt, progress, run } from './command.ts'
import { cache, repository } from './paths.ts'

const suite = 'bookworm'
const nodeBinary = join(repository, 'node_modules/node/bin/node')

/** What a slim image leaves out: nothing of it is read at run time. */
const ballast = [
  ...['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian', 'usr/share/i18n'],
  ...['var/cache/apt', 'var/lib/apt/lists', 'var/log', 'usr/share/common-licenses', 'usr/share/bash-completion'],
  ...['usr/lib/x86_64-linux-gnu/gconv', 'usr/lib/aarch64-linux-gnu/gconv', 'usr/share/zoneinfo/right'],
]

/** A stand-in, made of Debian packages and the repository's own Node, for the Node image the Dockerfile names. */
export async function ensureBaseImage(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(repository, 'node_modules/node/package.json'), 'utf8')) as {
    version: string
  }
  const recipe = createHash('sha256')
    .update(JSON.stringify([suite, ballast, version]))
    .digest('hex')
    .slice(0, 12)
  const name = `localhost/bellows-base:${recipe}`
  if ((await attempt(...buildah(['inspect', '--type', 'image', name]))).code === 0) return name
  const root = await ensureDebian()
  progress(`base image: Debian ${suite} and Node ${version}`)
  await mkdir(join(root, 'usr/local/bin'), { recursive: true })
  await copyFile(nodeBinary, join(root, 'usr/local/bin/node'))
  await chmod(join(root, 'usr/local/bin/node'), 0o755)
  await commitRoot(root, name, ['--cmd', '["node"]'])
  return name
}

/** Makes an image of a file system. */
export async function commitRoot(root: string, name: string, config: readonly string[] = []): Promise<void> {
  const container = `bellows-base-${process.pid}`
  await run(...buildah(['from', '--name', container, 'scratch']))
  try {
    await run(...buildah(['copy', '--quiet', container, root, '/']))
    await run(...buildah(['config', ...config, '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container]))
    await run(...buildah(['commit', '--quiet', container, name]))
  } finally {
    await attempt(...buildah(['rm', container]))
  }
}

async function ensureDebian(): Promise<string> {
  return await ensureRoot(`debian-${suite}`, ['libstdc++6', 'libatomic1'])
}

/** A file system of Debian with these packages, in the cache under this name. */
export async function ensureRoot(name: string, packages: readonly string[]): Promise<string> {
  const root = join(cache, 'images', name)
  if (existsSync(root)) return root
  const partial = `${root}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  progress(`debootstrap ${suite} (a minute or two, once)`)
  const wanted = `--include=${packages.join(',')}`
  await run('debootstrap', ['--variant=minbase', wanted, suite, partial, await debianMirror()])
  for (const path of ballast) await rm(join(partial, path), { recursive: true, force: true })
  await mkdir(join(partial, 'var/lib/apt/lists/partial'), { recursive: true })
  await mkdir(join(partial, 'var/log'), { recursive: true })
  await rename(partial, root)
  return root
}

/** The mirror this machine already uses, whatever it is. */
async function debianMirror(): Promise<string> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(CODENAME) $(CREATED_BY) $(SITE)'])
  for (const line of targets.split('\n')) {
    const [codename, kind, site] = line.split(' ')
    if (codename === suite && kind === 'Packages' && site !== undefined) return site
  }
  throw new Error(`apt knows no mirror for Debian ${suite}; add one to its sources and run apt-get update`)
}
