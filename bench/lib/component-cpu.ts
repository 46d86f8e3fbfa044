import { readdirSync, readFileSync } from 'node:fs'
import type { Figure } from './figure.ts'
import { sampleProcess } from './process-sample.ts'

/** Process ids by the name that their figure gets. */
export type Components = Readonly<Record<string, number>>

const PARTS: Readonly<Record<string, string>> = {
  api_server: 'kube-apiserver',
  etcd: 'etcd',
  scheduler: 'kube-scheduler',
  controller_manager: 'kube-controller-manager',
}

/** The control plane whose files lie in `folder`. Throws Error where a part of it does not run on this machine. */
export const controlPlaneOf = (folder: string): Components => {
  const running = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({ pid: Number(entry), command: commandOf(entry) }))
  return Object.fromEntries(
    Object.entries(PARTS).map(([name, binary]) => {
      const found = running.find(
        ({ command }) => command[0]?.endsWith(`/${binary}`) && command.some((word) => word.includes(`${folder}/`)),
      )
      if (found === undefined) throw new Error(`no ${binary} of ${folder} runs on this machine`)
      return [name, found.pid]
    }),
  )
}

const commandOf = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    // It ended meanwhile.
    return []
  }
}

/** CPU seconds of each so far. */
export const cpuOf = (components: Components): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(components).map(([name, pid]) => [name, sampleProcess(pid).cpuSeconds]))

/** What one application cost each component between two samples. */
export const cpuFigures = (
  label: string,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  applications: number,
): readonly Figure[] =>
  Object.entries(after).map(([name, seconds]) => ({
    name: `${label}_cpu_per_application_${name}`,
    value: ((seconds - (before[name] ?? 0)) / applications) * 1000,
    unit: 'ms',
  }))
