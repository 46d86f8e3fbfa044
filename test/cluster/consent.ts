import { createInterface } from 'node:readline/promises'

const what = `This starts a real Kubernetes as root on this machine: it installs missing Debian packages, makes
namespaces, a veth pair with two routes, and control groups. "down" takes all but the packages away again.`

/** Nobody's machine is changed as root unless they said so, or it is a machine for such work. */
export async function askConsent(yes: boolean): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${what}\nIt needs root: run it with sudo -E, or start Docker and install kind, which needs none, and run again.`,
    )
  }
  if (yes) return
  if (!process.stdin.isTTY) throw new Error(`${what}\nTo agree, add --yes or set BELLOWS_CLUSTER_YES=1.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${what}\nGo on? [y/N] `)
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('not agreed to; nothing was changed')
}
