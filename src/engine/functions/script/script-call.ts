import type { Expression } from '../../plan/expression.ts'
import type { DataType } from '../../types/data-type.ts'
import { argumentsOf } from '../call-parts.ts'
import type { SqlSettings } from '../function.ts'

/** What a function in JavaScript must know of one place where it is called. Plain JSON: it travels within its name. */
export interface ScriptSpec {
  readonly args: readonly DataType[]
  readonly type: DataType
  readonly ansi: boolean
  readonly timeZone: string
  /** What the function itself wants to be told. */
  readonly options?: unknown
}

const PREFIX = 'bellows_js_'
const CALL = /\bbellows_js_([a-z0-9]+)_([0-9a-f]*)\(/g

/** DuckDB SQL of a call of an entry of the table of scripts. Every process that runs it makes the function by this name alone. */
export const scriptCall = (name: string, args: readonly string[], spec: ScriptSpec): string =>
  `${PREFIX}${name}_${Buffer.from(JSON.stringify(spec)).toString('hex')}(${args.join(', ')})`

/** As `emit` of a function wants it. */
export const scripted =
  (name: string) =>
  (args: readonly string[], call: Expression, settings: SqlSettings): string =>
    scriptCall(name, args, specOf(call, settings))

/** The types of a call as they are, with `options` besides. */
export const specOf = (call: Expression, settings: SqlSettings, options?: unknown): ScriptSpec => ({
  args: argumentsOf(call).map((arg) => arg.type),
  type: call.type,
  ansi: settings.ansi,
  timeZone: settings.timeZone,
  ...(options !== undefined && { options }),
})

export interface CalledScript {
  readonly sqlName: string
  readonly name: string
  readonly spec: ScriptSpec
}

/** The scripts that a statement calls. */
export const scriptsIn = (sql: string): readonly CalledScript[] => {
  if (!sql.includes(PREFIX)) return []
  return [...sql.matchAll(CALL)].map(([all, name, hex]) => ({
    sqlName: all.slice(0, -1),
    name: name!,
    spec: JSON.parse(Buffer.from(hex!, 'hex').toString()) as ScriptSpec,
  }))
}
