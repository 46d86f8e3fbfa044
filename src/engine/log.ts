/** Where the engine tells what it does. Lines never hold tokens or rows of data. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

export type LogLevel = 'debug' | 'info' | 'warn'

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2 }

/** Plain lines `time LEVEL who: message`; standard output stays free for results. */
export const lineLog = (who: string, level: LogLevel, write: (line: string) => void, clock: () => Date): Log => {
  const at = (of: LogLevel) => (message: string) => {
    if (RANK[of] >= RANK[level]) write(`${clock().toISOString()} ${of.toUpperCase().padEnd(5)} ${who}: ${message}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn') }
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {} }
