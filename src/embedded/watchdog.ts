import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads `+ <group>` and `- <group>`. When its input ends, because this process closed it or died in any way, it kills
 * the groups that are left and removes the scratch directory.
 */
const SCRIPT = `groups=" "
while read -r operation group; do
  case $operation in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for again in 1 2 3 4 5; do rm -rf -- "$1" && break; sleep 0.2; done
`

/**
 * A small shell process in a session of its own that outlives this process just long enough to end what it started,
 * also when this process is killed with SIGKILL. A process that was spawned in the very moment of that kill, and one
 * that has left its process group, escape it.
 */
export class Watchdog {
  readonly #shell: ChildProcess
  readonly #ended: Promise<void>

  constructor(scratch: string) {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'bellows-watchdog', scratch], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    })
    this.#ended = new Promise((resolve) => {
      this.#shell.once('exit', () => resolve())
      this.#shell.once('error', () => resolve())
    })
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref()
    const pipe = this.#shell.stdin as unknown as { unref?: () => void }
    pipe.unref?.()
  }

  add(group: number): void {
    this.#shell.stdin?.write(`+ ${group}\n`)
  }

  remove(group: number): void {
    this.#shell.stdin?.write(`- ${group}\n`)
  }

  /** Lets it kill what is left and remove the scratch directory; returns when it has. */
  async close(): Promise<void> {
    this.#shell.stdin?.end()
    this.#shell.ref()
    await this.#ended
  }
}
