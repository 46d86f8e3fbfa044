import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { messageOf, userError } from './errors.ts'
import type { EngineEvent } from './events.ts'
import type { Log } from './log.ts'

/** spark.eventLog.dir: each event a line of JSON, in `<name>.jsonl`. */
export class EventFile {
  readonly path: string
  private readonly stream: WriteStream
  private broken = false

  /** Throws EngineError where the directory cannot be made. */
  constructor(directory: string, name: string, log: Log) {
    const place = directory.replace(/^file:\/\//, '')
    try {
      mkdirSync(place, { recursive: true })
    } catch (error) {
      throw userError(`spark.eventLog.dir ${directory}: ${messageOf(error)}`, error)
    }
    this.path = join(place, `${name}.jsonl`)
    this.stream = createWriteStream(this.path)
    this.stream.on('error', (error) => {
      if (!this.broken) log.warn(`the event log ends here: ${messageOf(error)}`)
      this.broken = true
    })
  }

  add(event: EngineEvent): void {
    if (!this.broken) this.stream.write(`${JSON.stringify(event)}\n`)
  }

  async close(): Promise<void> {
    this.stream.end()
    await finished(this.stream).catch(() => {})
  }
}
