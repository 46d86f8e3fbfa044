#!/usr/bin/env node
/** Starts the CLI under the pinned Node, whatever Node runs this file. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
// The child sees by the end of this channel that this process is gone, however it went, and ends itself.
const child = spawn(node, [join(root, 'src/cli/main.ts'), ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
// A terminal's Ctrl-C reaches the child too. As a message it can be told from that: one Ctrl-C does not count twice.
let hungUp = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => {
    hungUp ||= signal === 'SIGHUP'
    if (child.connected) child.send({ signal }, () => {})
  })
}
child.on('error', (error) => {
  console.error(`bellows: cannot start ${node}: ${error.message}; npm run setup installs it`)
  process.exit(1)
})
child.on('exit', (code, childSignal) => {
  // Some Nodes abort when they exit without the terminal that they began on: then this ends as hang-ups end programs.
  const signal = hungUp ? 'SIGHUP' : childSignal
  if (signal === null) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
