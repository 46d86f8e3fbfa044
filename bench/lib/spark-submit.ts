import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCredentials } from '../../src/kube/kubeconfig.ts'
import { sampleProcess } from './process-sample.ts'

export interface Submission {
  readonly kubeconfig: string
  readonly home: string
  readonly namespace: string
  readonly podName: string
  readonly image: string
  readonly nodeSelector: Readonly<Record<string, string>>
}

/**
 * Runs spark-submit in cluster mode. Seconds from its start to `driver`, which
 * tells the moment that the pod was there, CPU seconds of all its processes, and the peak of its JVM's memory.
 */
export const submitWithSpark = async (
  { kubeconfig, home, namespace, podName, image, nodeSelector }: Submission,
  driver: () => Promise<number>,
) => {
  const { server } = await loadCredentials({ kubeconfig })
  const conf = {
    'spark.kubernetes.namespace': namespace,
    'spark.kubernetes.container.image': image,
    'spark.kubernetes.authenticate.driver.serviceAccountName': 'spark',
    'spark.kubernetes.driver.pod.name': podName,
    'spark.kubernetes.submission.waitAppCompletion': 'false',
    'spark.executor.instances': '2',
    'spark.driver.memory': '512m',
    'spark.executor.memory': '512m',
    ...Object.fromEntries(
      Object.entries(nodeSelector).map(([key, value]) => [`spark.kubernetes.node.selector.${key}`, value]),
    ),
  }
  const args = [
    ...['--master', `k8s://${server}`, '--deploy-mode', 'cluster', '--name', podName],
    ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
    'local:///app/main.py',
  ]
  const from = performance.now()
  // The shell's own clock counts the CPU time of all that it waits for.
  const child = spawn(
    'bash',
    ['-c', 'TIMEFORMAT="CPU %U %S"; time "$@"', '-', join(home, 'bin/spark-submit'), ...args],
    {
      env: { ...process.env, KUBECONFIG: kubeconfig, SPARK_HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  let peakRssMiB = 0
  const watching = setInterval(() => {
    try {
      const [jvm] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
      if (jvm) peakRssMiB = Math.max(peakRssMiB, sampleProcess(Number(jvm)).rssMiB)
    } catch {
      // It has just ended.
    }
  }, 100)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(watching)
  const times = /CPU (\d+[.,]\d+) (\d+[.,]\d+)/.exec(said)
  if (code !== 0 || times === null) throw new Error(`spark-submit ended with ${code}: ${said.slice(-2000)}`)
  const cpuSeconds = Number(times[1]!.replace(',', '.')) + Number(times[2]!.replace(',', '.'))
  return { seconds: ((await driver()) - from) / 1000, cpuSeconds, peakRssMiB }
}
