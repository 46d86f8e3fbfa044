import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from './command.ts'

/** One group that all pods of a cluster live below, so that `down` knows which groups were its own. */
export function cgroupOf(name: string): string {
  return `/bellows-${name}`
}

async function hierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  return mounts.filter(([, , type]) => type === 'cgroup' || type === 'cgroup2').map(([, path = '']) => path)
}

export async function createCgroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const path = join(hierarchy, cgroupOf(name))
    await mkdir(path, { recursive: true })
    await delegate(hierarchy)
    // version 1 leaves a new group without processors and memory nodes
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const parent = join(hierarchy, file)
      if (existsSync(parent) && existsSync(join(path, file))) await writeFile(join(path, file), await readFile(parent))
    }
  }
}

/** In version 2 a group has only the controllers that the one above hands down; one that it lacks is no error yet. */
async function delegate(group: string): Promise<void> {
  const control = join(group, 'cgroup.subtree_control')
  if (!existsSync(control)) return
  const offered = (await readFile(join(group, 'cgroup.controllers'), 'utf8')).trim().split(' ')
  for (const controller of offered) if (controller !== '') await writeFile(control, `+${controller}`).catch(() => {})
}

export async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, cgroupOf(name)))
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(path, entry.name))
  }
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await rmdir(path)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return
      if (tries === 49) throw new Error(`cannot remove the control group ${path}: a process is still in it`, { cause })
      await sleep(100)
    }
  }
}
