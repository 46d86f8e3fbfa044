import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of loopback that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export interface ServerProcess {
  readonly output: () => string
  stop(): Promise<void>
}

/** Starts a server and waits until `ready` says so. Throws with what it wrote where it ends before. */
export const startProcess = async (
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number; readonly cwd?: string },
  ready: () => Promise<boolean>,
): Promise<ServerProcess> => {
  const child: ChildProcess = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(child, 'exit').then(() => true)
  const deadline = Date.now() + 30_000
  while (!(await ready().catch(() => false))) {
    const gone = await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 50, false))])
    if (gone || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not start: ${text}`)
    }
  }
  return {
    output: () => text,
    stop: async () => {
      child.kill('SIGINT')
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(force)
    },
  }
}
