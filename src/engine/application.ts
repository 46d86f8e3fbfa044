import { userError } from './errors.ts'

/** What runs in the driver. `JavaScript` and `TypeScript` run a program, `SQL` a script of statements. */
export type ApplicationType = 'SQL' | 'TypeScript' | 'JavaScript'

/**
 * What the driver finds in application.json: one attempt of one application. Exactly one of `program` (the text
 * itself) and `mainApplicationFile` (a path or URL) is given.
 */
export interface Application {
  readonly name: string
  /** status.sparkApplicationId */
  readonly appId: string
  /** From 1. */
  readonly attempt: number
  readonly type: ApplicationType
  readonly program?: string
  readonly mainApplicationFile?: string
  readonly arguments: readonly string[]
  readonly sparkConf: Readonly<Record<string, string>>
  readonly driver: ProcessSize
  readonly executor: ExecutorTemplate
}

export interface ProcessSize {
  readonly cores: number
  /** The container's memory in bytes. */
  readonly memoryBytes: number
}

export interface ExecutorTemplate extends ProcessSize {
  readonly instances: number
  /**
   * A complete core/v1 Pod manifest. The backend sets its metadata.name and ownerReferences, the label spark-exec-id,
   * and the environment of the container `spark-kubernetes-executor`. Absent where executors are no pods.
   */
  readonly podTemplate?: Readonly<Record<string, unknown>>
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
  const executor = reader.below('executor')
  const driver = reader.below('driver')
  const podTemplate = executor.record('podTemplate')
  return {
    name: reader.text('name'),
    appId: reader.text('appId'),
    attempt: reader.whole('attempt', 0),
    type,
    ...(program === undefined ? {} : { program }),
    ...(mainApplicationFile === undefined ? {} : { mainApplicationFile }),
    arguments: reader.texts('arguments'),
    sparkConf: reader.map('sparkConf'),
    driver: { cores: driver.whole('cores', 1), memoryBytes: driver.whole('memoryBytes', 1) },
    executor: {
      instances: executor.whole('instances', 0),
      cores: executor.whole('cores', 1),
      memoryBytes: executor.whole('memoryBytes', 1),
      ...(podTemplate === undefined ? {} : { podTemplate }),
    },
  }
}

const NODE_BYTES = 192 * 2 ** 20

/** The part of a container's memory that DuckDB may hold: Node and DuckDB's unaccounted buffers need the rest. */
export const databaseMemory = (containerBytes: number): number =>
  Math.max(128 * 2 ** 20, Math.floor((containerBytes - NODE_BYTES) * 0.75))
