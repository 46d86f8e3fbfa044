import { availableParallelism, tmpdir, totalmem } from 'node:os'

type Env = Readonly<Record<string, string | undefined>>

/** What driver and executor processes are told by their pod's environment. */
export interface ProcessSettings {
  readonly confDirectory: string
  /** The address others reach this process by. */
  readonly host: string
  readonly cores: number
  readonly memoryMib: number
  /** Where scratch files go. */
  readonly localDirectory: string
}

const whole = (text: string | undefined, fallback: number): number => {
  const value = Number(text)
  return text !== undefined && Number.isSafeInteger(value) && value > 0 ? value : fallback
}

/** Outside a pod: this machine's cores, half of its memory, the loopback address. */
export const processSettings = (env: Env): ProcessSettings => ({
  confDirectory: env.BELLOWS_CONF_DIR || '/etc/bellows',
  host: env.BELLOWS_POD_IP || '127.0.0.1',
  cores: whole(env.BELLOWS_CORES, availableParallelism()),
  memoryMib: whole(env.BELLOWS_MEMORY_MIB, Math.floor(totalmem() / 2 ** 21)),
  localDirectory: env.SPARK_LOCAL_DIRS?.split(',')[0] || tmpdir(),
})
