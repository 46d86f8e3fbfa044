import { parseArgs } from 'node:util'

export interface OperatorOptions {
  /** Path of a kubeconfig; undefined: the pod's service account, or else the usual kubeconfig. */
  readonly kubeconfig: string | undefined
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined
  /** Where the Lease lives. */
  readonly leaseNamespace: string
  readonly leaderElection: boolean
  /** Keys that each controller works on at a time. */
  readonly workers: number
  readonly listen: { readonly host: string; readonly port: number }
  /** Image of bundled drivers, executors and script tasks. */
  readonly image: string
  readonly logLevel: string
  /** How long a driver may be kept from starting by an image, Secret, ConfigMap or volume that cannot be had. */
  readonly driverStartTimeoutSeconds: number
  /** How long a driver may wait for a node; undefined: for ever. */
  readonly unschedulableTimeoutSeconds: number | undefined
  /** timeToLiveSeconds of applications that set none; undefined: they stay. */
  readonly defaultTimeToLiveSeconds: number | undefined
}

export const OPERATOR_HELP = `Bellows operator: reconciles SparkApplication and PipelineRun.

Options (environment variable in brackets):
  --kubeconfig PATH         [BELLOWS_KUBECONFIG] default: the pod's service account, else KUBECONFIG or ~/.kube/config
  --namespace NAME          [BELLOWS_NAMESPACE] watch one namespace; default: all
  --lease-namespace NAME    [BELLOWS_POD_NAMESPACE] default: bellows-system
  --no-leader-election      run as the only replica
  --workers N               keys that each controller works on at a time; default: 16
  --listen HOST:PORT        metrics and probes; default: 0.0.0.0:8080
  --image IMAGE             [BELLOWS_IMAGE] image of bundled drivers and executors; default: bellows:dev
  --driver-start-timeout SECONDS   fail a driver whose image, Secret, ConfigMap or volume cannot be had for so long;
                            default: 60
  --unschedulable-timeout SECONDS  fail a driver that found no node for so long; default: never
  --default-time-to-live SECONDS   delete applications that set no timeToLiveSeconds so long after their end;
                            default: never
  --log-level LEVEL         [BELLOWS_LOG_LEVEL] trace, debug, info, warn, error; default: info
  --help`

/** Throws Error with a sentence on a value that can not be used. Undefined: help was asked for. */
export const operatorOptions = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OperatorOptions | undefined => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' },
      namespace: { type: 'string' },
      'lease-namespace': { type: 'string' },
      'no-leader-election': { type: 'boolean' },
      workers: { type: 'string' },
      listen: { type: 'string' },
      image: { type: 'string' },
      'log-level': { type: 'string' },
      'driver-start-timeout': { type: 'string' },
      'unschedulable-timeout': { type: 'string' },
      'default-time-to-live': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const logLevel = values['log-level'] ?? env.BELLOWS_LOG_LEVEL ?? 'info'
  if (!['trace', 'debug', 'info', 'warn', 'error', 'silent'].includes(logLevel)) {
    throw new Error(`--log-level ${logLevel}: the levels are trace, debug, info, warn, error and silent`)
  }
  return {
    kubeconfig: values.kubeconfig ?? (env.BELLOWS_KUBECONFIG || undefined),
    namespace: values.namespace ?? (env.BELLOWS_NAMESPACE || undefined),
    leaseNamespace: values['lease-namespace'] ?? (env.BELLOWS_POD_NAMESPACE || 'bellows-system'),
    leaderElection: values['no-leader-election'] !== true,
    workers: workers(values.workers ?? '16'),
    listen: address(values.listen ?? '0.0.0.0:8080'),
    image: values.image ?? (env.BELLOWS_IMAGE || 'bellows:dev'),
    logLevel,
    driverStartTimeoutSeconds: seconds('--driver-start-timeout', values['driver-start-timeout']) ?? 60,
    unschedulableTimeoutSeconds: seconds('--unschedulable-timeout', values['unschedulable-timeout']),
    defaultTimeToLiveSeconds: seconds('--default-time-to-live', values['default-time-to-live']),
  }
}

/** Up to the longest timer that cannot overflow (2^31 ms). */
const seconds = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1 || value > 2_147_483) {
    throw new Error(`${flag} ${text}: give whole seconds from 1 to 2147483`)
  }
  return value
}

const workers = (text: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1 || count > 256) throw new Error(`--workers ${text}: give 1 to 256`)
  return count
}

const address = (text: string): { readonly host: string; readonly port: number } => {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--listen ${text}: give HOST:PORT, for instance 127.0.0.1:8080`)
  }
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}
