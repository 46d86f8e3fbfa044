import { attempt, onPath, progress, run } from './command.ts'

/** What each step of the local cluster needs from Debian: the package, and a command or file that shows it is there. */
const packages = {
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ipset: 'ipset',
  iproute2: 'ip',
  openssl: 'openssl',
  gcc: 'gcc',
  'libc6-dev': '/usr/include/stdlib.h',
  'libseccomp-dev': '/usr/include/seccomp.h',
  'pkg-config': 'pkg-config',
  debootstrap: 'debootstrap',
  buildah: 'buildah',
  postgresql: '/usr/lib/postgresql',
  'python3-venv': '/usr/share/doc/python3-venv',
} as const

export type PackageName = keyof typeof packages

export const nodePackages: readonly PackageName[] = ['containernetworking-plugins', 'iptables', 'conntrack', 'ipset']
export const controlPlanePackages: readonly PackageName[] = ['iproute2', 'openssl', 'gcc', 'libc6-dev']
export const compilePackages: readonly PackageName[] = ['gcc', 'libc6-dev', 'libseccomp-dev', 'pkg-config']
export const imagePackages: readonly PackageName[] = ['debootstrap', 'buildah']

/** For tests of sources. */
export const databasePackages: readonly PackageName[] = ['postgresql']
export const pythonPackages: readonly PackageName[] = ['python3-venv']

export async function ensurePackages(wanted: readonly PackageName[]): Promise<void> {
  const missing: PackageName[] = []
  for (const name of wanted) {
    const proof = packages[name]
    const there = proof.startsWith('/') ? (await attempt('test', ['-e', proof])).code === 0 : await onPath(proof)
    if (!there) missing.push(name)
  }
  if (missing.length === 0) return
  if (!(await onPath('apt-get'))) {
    throw new Error(`missing: ${missing.join(', ')}; install them with this system's package manager and run again`)
  }
  progress(`installing Debian packages: ${missing.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...missing]
  if ((await attempt('apt-get', install, { env })).code === 0) return
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', install, { env })
}
