import { type Logger, pino } from 'pino'

/** JSON lines on standard output, times in RFC 3339; whatever could hold a secret is left out by its name. */
export const makeLogger = (level: string, destination?: NodeJS.WritableStream): Logger =>
  pino(
    {
      level,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          'token',
          'authorization',
          'password',
          'secret',
          '*.token',
          '*.authorization',
          '*.password',
          '*.secret',
          '*.data',
          '*.stringData',
        ],
        censor: '[redacted]',
      },
    },
    ...(destination === undefined ? [] : [destination as never]),
  )
