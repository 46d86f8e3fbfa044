import { clipped, oneLine, screenLines } from './terminal-text.ts'
import type { Unit } from './unit.ts'
import { unitKey } from './unit.ts'

/** What changed between two looks at a unit, a line each, for logs and pipes. Nothing changed: no line. */
export const changeLines = (before: Unit | undefined, after: Unit): readonly string[] => {
  const name = `${after.kind}/${after.name}`
  const moved =
    before === undefined ||
    before.state !== after.state ||
    before.attempt !== after.attempt ||
    (before.message !== after.message && after.message !== undefined)
  const attempt = after.attempt > 1 ? ` (attempt ${after.attempt})` : ''
  // A cause is told once: not again in the next state, nor of the whole when the task has told it.
  const isKnown =
    before?.message === after.message ||
    after.tasks.some(({ message }) => message !== undefined && after.message?.includes(message))
  const cause = after.message && !isKnown ? `: ${after.message}` : ''
  const head = moved && after.state !== 'new' ? [`${name} ${after.state}${attempt}${cause}`] : []
  const parts: string[] = []
  if (after.executors !== undefined && after.executors.running > (before?.executors?.running ?? 0)) {
    parts.push(`${name} ${after.executors.running} of ${after.executors.requested} executors running`)
  }
  const old = new Map(before?.tasks.map((task) => [task.name, task]))
  for (const task of after.tasks) {
    const was = old.get(task.name)
    // What it waits for may become known after it has begun to wait.
    const told = was?.state === task.state && (task.message === undefined || was.message === task.message)
    if (!told && task.state !== 'none') {
      parts.push(`${name} task ${task.name} ${task.state}${task.message ? `: ${task.message}` : ''}`)
    }
  }
  // What came last is told last: the parts begin after the whole and end before it.
  return after.outcome === 'open' ? [...head, ...parts] : [...parts, ...head]
}

/** Of a terminal that does not say how large it is, or says 0. */
const WIDTH = 80
const HEIGHT = 24

const MARK: Readonly<Record<Unit['outcome'], string>> = { open: '…', succeeded: '✓', failed: '✗' }

/** The live picture on a terminal: a line a unit, a line a task that is under way. At most `height` lines. */
export const screen = (
  units: readonly Unit[],
  elapsedSeconds: (unit: Unit) => number,
  size: { readonly width: number; readonly height: number },
): readonly string[] => {
  const lines = units.flatMap((unit) => {
    const executors = unit.executors ? ` · ${unit.executors.running}/${unit.executors.requested} executors` : ''
    const done = unit.tasks.filter((task) => task.state === 'success' || task.state === 'skipped').length
    const tasks = unit.tasks.length > 0 ? ` · ${done}/${unit.tasks.length} tasks` : ''
    const message = unit.message && unit.outcome !== 'succeeded' ? ` · ${unit.message}` : ''
    const head = `${MARK[unit.outcome]} ${unit.name} ${unit.state}${executors}${tasks} · ${elapsedSeconds(unit).toFixed(0)} s${message}`
    const active = unit.tasks
      .filter((task) => ['running', 'queued', 'up_for_retry', 'failed'].includes(task.state))
      .map((task) => `    ${task.name} ${task.state}${task.message ? `: ${task.message}` : ''}`)
    return [head, ...active]
  })
  const fit = lines.slice(0, Math.max(1, size.height - 1))
  const hidden = lines.length - fit.length
  return [...fit, ...(hidden > 0 ? [`  and ${hidden} more`] : [])].map((line) =>
    clipped(line.replace(/\S.*/s, oneLine), size.width),
  )
}

/** Keeps the live picture at the foot of a terminal, or writes change lines where there is none. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #live: boolean
  readonly #quiet: boolean
  readonly #units = new Map<string, Unit>()
  readonly #started = new Map<string, number>()
  readonly #ended = new Map<string, number>()
  #drawn: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  #flushing: NodeJS.Timeout | undefined
  #target: NodeJS.WriteStream | undefined
  readonly #waiting: string[] = []

  constructor(stream: NodeJS.WriteStream, options: { readonly quiet: boolean }) {
    this.#stream = stream
    this.#quiet = options.quiet
    this.#live = !options.quiet && stream.isTTY === true
    if (this.#live) this.#timer = setInterval(() => this.#draw(), 250)
  }

  update(unit: Unit): void {
    const key = unitKey(unit)
    const before = this.#units.get(key)
    this.#units.set(key, unit)
    if (!this.#started.has(key)) this.#started.set(key, performance.now())
    if (unit.outcome !== 'open' && !this.#ended.has(key)) this.#ended.set(key, performance.now())
    if (this.#quiet) return
    if (this.#live) this.#draw()
    else for (const line of changeLines(before, unit)) this.#stream.write(`${line}\n`)
  }

  /** Seconds from the first sight of the unit to its end, or to now. */
  elapsed(unit: Unit): number {
    const key = unitKey(unit)
    return ((this.#ended.get(key) ?? performance.now()) - (this.#started.get(key) ?? performance.now())) / 1000
  }

  /** Writes a line where it stays: above the live picture. Lines that come at once are written at once. */
  log(target: NodeJS.WriteStream, line: string): void {
    this.#waiting.push(line)
    this.#target = target
    this.#flushing ??= setTimeout(() => this.#flush(), 20)
  }

  #flush(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
    if (this.#waiting.length === 0) return
    this.#erase()
    this.#target?.write(`${this.#waiting.splice(0).join('\n')}\n`)
    if (this.#live && this.#timer !== undefined) this.#draw()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#flush()
    this.#erase()
  }

  #erase(): void {
    // Counted anew: the window may have become narrower since, and the lines have been wrapped.
    const lines = screenLines(this.#drawn, this.#stream.columns || WIDTH)
    if (lines > 0) this.#stream.write(`\u001b[${lines}A\u001b[0J`)
    this.#drawn = []
  }

  #draw(): void {
    const lines = screen([...this.#units.values()], (unit) => this.elapsed(unit), {
      width: this.#stream.columns || WIDTH,
      // The cursor stands on a line of its own below.
      height: Math.max(1, (this.#stream.rows || HEIGHT) - 1),
    })
    this.#erase()
    this.#stream.write(`${lines.join('\n')}\n`)
    this.#drawn = lines
  }
}
