#!/usr/bin/env node
/** Starts the CLI under the pinned Node, whatever Node runs this file. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
const child = spawn(node, [join(root, 'src/cli/main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal signals the whole group: the child cleans up, this process only waits for its end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exit(code ?? 1)
})
