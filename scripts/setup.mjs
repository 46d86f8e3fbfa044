/**
 * Installs what package-lock.json names, if it is not installed yet. Plain JavaScript for whatever Node is there:
 * it is what brings the pinned one.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.bellows-setup')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(process.platform + process.arch)
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('Installing dependencies (once): npm ci')
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    console.error(
      'npm ci failed; its messages are above. Check the network and the registry setting of npm, then run this again.',
    )
    process.exit(1)
  }
  const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  const pinned = spawnSync(node, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' })
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.node
  if (pinned.stdout?.trim() !== `v${version}`) {
    console.error(
      `Node ${version} did not install (${node} says ${pinned.stdout?.trim() || pinned.error?.message || 'nothing'}). ` +
        'The npm package "node" needs its install script: run "npm rebuild node", then this again.',
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
