import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary } from './binaries.ts'
import { attempt, run } from './command.ts'
import { inside, pause } from './namespaces.ts'
import { containerdSocket, pauseImage } from './node-config.ts'
import { cache } from './paths.ts'
import type { ProcessMark } from './process-mark.ts'

export function ctr(holder: ProcessMark, args: readonly string[]): readonly string[] {
  return inside(holder, [binary('containerd', 'ctr'), '-a', containerdSocket, '-n', 'k8s.io', ...args])
}

/** Every pod's sandbox runs this image; it holds the pause program and nothing else. */
export async function importPauseImage(holder: ProcessMark): Promise<boolean> {
  const archive = join(cache, 'images', 'pause.tar')
  await createPauseArchive(archive)
  const [command = '', ...args] = ctr(holder, ['images', 'import', archive])
  const result = await attempt(command, args)
  if (result.code !== 0) throw new Error('cannot import the pause image', { cause: new Error(result.stderr) })
  return true
}

async function createPauseArchive(archive: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bellows-pause-'))
  try {
    await mkdir(join(folder, 'root'))
    await copyFile(pause, join(folder, 'root', 'pause'))
    await mkdir(join(folder, 'image'))
    const layer = join(folder, 'image', 'layer.tar')
    await run('tar', ['-C', join(folder, 'root'), '--owner=0', '--group=0', '--mtime=@0', '-cf', layer, 'pause'])
    const diff = createHash('sha256')
      .update(await readFile(layer))
      .digest('hex')
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${diff}`] },
    }
    await writeFile(join(folder, 'image', 'config.json'), JSON.stringify(config))
    const manifest = [{ Config: 'config.json', RepoTags: [pauseImage], Layers: ['layer.tar'] }]
    await writeFile(join(folder, 'image', 'manifest.json'), JSON.stringify(manifest))
    await mkdir(join(archive, '..'), { recursive: true })
    await run('tar', ['-C', join(folder, 'image'), '-cf', archive, 'manifest.json', 'config.json', 'layer.tar'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
