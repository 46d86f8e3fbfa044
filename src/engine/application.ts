import { userError } from './errors.ts'

/** What runs in the driver. `JavaScript` and `TypeScript` run a program, `SQL` a script of statements. */
export type ApplicationType = 'SQL' | 'TypeScript' | 'JavaScript'

/**
 * What the driver finds in application.json: one attempt of one application. Exactly one of `program` (the text
 * itself) and `mainApplicationFile` (a path or URL) is given.
 */
export interface Application {
  readonly type: ApplicationType
  readonly name: string
  /** status.sparkApplicationId: one of a kind for every attempt. */
  readonly id: string
  readonly program?: string
  readonly mainApplicationFile?: string
  readonly arguments: readonly string[]
  readonly sparkConf: Readonly<Record<string, string>>
  readonly executors: ExecutorSettings
}

export interface ExecutorSettings {
  readonly instances: number
  /** Executor n is the pod `<prefix>-<n>`. */
  readonly podNamePrefix: string
  readonly cores: number
  readonly memoryMib: number
  /** Whether pods of ended executors are deleted. */
  readonly deleteOnTermination: boolean
  /** What executor pods are made of: the backend adds name, owner, spark-exec-id and two variables. */
  readonly template?: PodTemplate
}

export interface PodTemplate {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly spec: Readonly<Record<string, unknown>>
}

const TYPES: readonly ApplicationType[] = ['SQL', 'TypeScript', 'JavaScript']

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

class Reader {
  private readonly object: Record<string, unknown>
  private readonly path: string

  constructor(value: unknown, path: string) {
    if (!isRecord(value)) throw userError(`${path || 'application.json'} must be an object`)
    this.object = value
    this.path = path
  }

  private fail(key: string, wanted: string): never {
    throw userError(`application.json: ${this.path}${key} must be ${wanted}`)
  }

  text(key: string): string {
    const value = this.object[key]
    return typeof value === 'string' && value !== '' ? value : this.fail(key, 'a text')
  }

  optionalText(key: string): string | undefined {
    const value = this.object[key]
    return value === undefined || typeof value === 'string' ? value : this.fail(key, 'a text')
  }

  whole(key: string, least: number): number {
    const value = this.object[key]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
      ? value
      : this.fail(key, `a whole number, ${least} or more`)
  }

  texts(key: string): readonly string[] {
    const value = this.object[key] ?? []
    return Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? value
      : this.fail(key, 'a list of texts')
  }

  map(key: string): Readonly<Record<string, string>> {
    const value = this.object[key] ?? {}
    return isRecord(value) && Object.values(value).every((item) => typeof item === 'string')
      ? (value as Record<string, string>)
      : this.fail(key, 'texts by name')
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.object[key] ?? fallback
    return typeof value === 'boolean' ? value : this.fail(key, 'true or false')
  }

  record(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.object[key]
    return value === undefined || isRecord(value) ? value : this.fail(key, 'an object')
  }

  below(key: string): Reader {
    return new Reader(this.object[key], `${this.path}${key}.`)
  }
}

/** Reads application.json. Throws EngineError that names the field. */
export const parseApplication = (text: string): Application => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw userError('application.json is not JSON', error)
  }
  const reader = new Reader(parsed, '')
  const type = TYPES.find((known) => known === reader.text('type'))
  if (type === undefined) throw userError(`application.json: type must be one of ${TYPES.join(', ')}`)
  const program = reader.optionalText('program')
  const mainApplicationFile = reader.optionalText('mainApplicationFile')
  if ((program === undefined) === (mainApplicationFile === undefined)) {
    throw userError('application.json: exactly one of program and mainApplicationFile must be given')
  }
  const executors = reader.below('executors')
  const template = executors.record('template')
  return {
    type,
    name: reader.text('name'),
    id: reader.text('id'),
    ...(program === undefined ? {} : { program }),
    ...(mainApplicationFile === undefined ? {} : { mainApplicationFile }),
    arguments: reader.texts('arguments'),
    sparkConf: reader.map('sparkConf'),
    executors: {
      instances: executors.whole('instances', 0),
      podNamePrefix: executors.text('podNamePrefix'),
      cores: executors.whole('cores', 1),
      memoryMib: executors.whole('memoryMib', 1),
      deleteOnTermination: executors.flag('deleteOnTermination', true),
      ...(template === undefined ? {} : { template: podTemplate(template) }),
    },
  }
}

const podTemplate = ({ metadata, spec }: Readonly<Record<string, unknown>>): PodTemplate => {
  if (!isRecord(metadata) || !isRecord(spec))
    throw userError('application.json: executors.template must have metadata and spec')
  return { metadata, spec }
}

/** The part of a process's memory (without overhead) that DuckDB may hold; Node and buffers it does not count need the rest. */
export const databaseMemory = (memoryMib: number): number => Math.max(128, Math.floor(memoryMib * 0.8)) * 2 ** 20
