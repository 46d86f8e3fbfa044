import type { Application } from '../engine/application.ts'
import type { ExecutorBackend } from '../engine/backend.ts'
import type { Log } from '../engine/log.ts'
export const inClusterExecutorBackend = async (
  _a: Application,
  _e: Readonly<Record<string, string>>,
  _l: Log,
): Promise<ExecutorBackend> => {
  throw new Error('pending')
}
