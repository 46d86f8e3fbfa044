import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Addresses, addressesOf, maxClusters } from './addresses.ts'
import { attempt, run, sleep } from './command.ts'
import { cache } from './paths.ts'
import { type ProcessMark, processMark } from './process-mark.ts'

export const pause: string = join(cache, 'bin', 'pause')

export async function ensurePause(): Promise<void> {
  if (existsSync(pause)) return
  await mkdir(join(cache, 'bin'), { recursive: true })
  const partial = `${pause}.${process.pid}`
  await run('gcc', ['-O2', '-static', '-s', '-o', partial, join(import.meta.dirname, 'pause.c')])
  await rename(partial, pause)
}

/**
 * Starts a process that holds a network, mount, process and host-name namespace. All of the cluster lives inside:
 * killing this one process ends every other, and their mounts, rules and devices go with it.
 */
export async function createNamespaces(): Promise<ProcessMark> {
  const flags = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', '--propagation', 'private']
  const child = spawn('unshare', [...flags, pause], { detached: true, stdio: 'ignore', cwd: '/' })
  child.unref()
  if (child.pid === undefined) throw new Error('cannot start unshare: install util-linux and run as root')
  const children = `/proc/${child.pid}/task/${child.pid}/children`
  for (let tries = 0; tries < 250; tries++) {
    const inner = Number((await readFile(children, 'utf8').catch(() => '')).trim())
    const runs = inner > 0 ? await readFile(`/proc/${inner}/comm`, 'utf8').catch(() => '') : ''
    if (runs.trim() === 'pause') return await processMark(inner)
    await sleep(20)
  }
  throw new Error('cannot create namespaces: unshare needs root with CAP_SYS_ADMIN')
}

export function inside(holder: ProcessMark, command: readonly string[]): readonly string[] {
  return ['nsenter', '-t', String(holder.pid), '-n', '-m', '-p', '-u', '-i', '--', ...command]
}

export async function runInside(holder: ProcessMark, script: string): Promise<string> {
  const [command = '', ...args] = inside(holder, ['sh', '-eu', '-c', script])
  return await run(command, args)
}

/** The kernel settings the kubelet wants; it finds them set inside, and the machine's own stay as they are. */
const kernelSettings: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
}

/** Inside, /run is empty and what is written below /etc, /opt and /var is forgotten; the cache alone is shared. */
export async function furnish(holder: ProcessMark, name: string): Promise<void> {
  const settings = Object.entries(kernelSettings).map(([path, value]) => {
    const file = `/run/settings/${path.replaceAll('/', '.')}`
    return `echo ${value} > ${file}; if [ -e /proc/sys/${path} ]; then mount --bind ${file} /proc/sys/${path}; fi`
  })
  await runInside(
    holder,
    `
    hostname ${name}
    mount --make-rshared /
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/cache /run/settings /run/lock /run/netns
    mount --bind '${cache}' /run/cache
    for top in etc opt var; do
      mkdir -p /run/layers/$top/upper /run/layers/$top/work
      mount -t overlay -o lowerdir=/$top,upperdir=/run/layers/$top/upper,workdir=/run/layers/$top/work overlay /$top
    done
    rm -rf /var/run; ln -s /run /var/run
    mkdir -p '${cache}'
    mount --bind /run/cache '${cache}'
    echo '127.0.0.1 localhost ${name}' > /etc/hosts
    ${settings.join('\n    ')}
    `,
  )
}

/** Joins the cluster's network to the machine's by one pair of devices; the kernel refuses an index that is taken. */
export async function connect(holder: ProcessMark, taken: ReadonlySet<number>): Promise<number> {
  for (let index = 0; index < maxClusters; index++) {
    if (taken.has(index)) continue
    const addresses = addressesOf(index)
    const overlap = await run('ip', ['route', 'show', 'to', 'match', addresses.node])
    if (overlap.split('\n').some((line) => line !== '' && !line.startsWith('default'))) continue
    const { device } = addresses
    const made = await attempt('ip', [
      ...['link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid)],
    ])
    if (made.code === 0) {
      await address(holder, addresses)
      return index
    }
    if (!made.stderr.includes('exists')) throw new Error('cannot create a veth pair', { cause: new Error(made.stderr) })
  }
  throw new Error(`all ${maxClusters} address ranges for clusters are taken; take one down`)
}

async function address(holder: ProcessMark, { device, host, node, linkPrefix, pods, services }: Addresses) {
  await runInside(
    holder,
    `
    ip link set lo up
    ip address add ${node}/${linkPrefix} dev eth0
    ip link set eth0 up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    # kube-proxy sees traffic between pods of one bridge only with this
    [ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
    # addresses of Services need a route to get as far as kube-proxy's rules
    ip route add ${services} via ${host}
    `,
  )
  await run('ip', ['address', 'add', `${host}/${linkPrefix}`, 'dev', device])
  await run('ip', ['link', 'set', device, 'up'])
  for (const range of [pods, services]) await run('ip', ['route', 'add', range, 'via', node])
}
