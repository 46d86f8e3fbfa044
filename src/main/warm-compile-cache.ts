import { flushCompileCache } from 'node:module'
import { useCompileCache } from './compile-cache.ts'

/** Fills the compile cache with what drivers and executors load. For the build of the image, whose files are read-only later. */
useCompileCache()
await Promise.all([
  import('../engine/index.ts'),
  import('../engine/program/run-application.ts'),
  import('../engine/runner/executor-process.ts'),
  import('./driver-cluster.ts'),
  import('./kubernetes-executor-backend.ts'),
  import('./process-settings.ts'),
])
flushCompileCache()
