import type { AdaptiveSettings } from './adaptive-settings.ts'
import { isEmptyWhen } from './empty-stage.ts'
import { type FinishedStage, partitionSize } from './finished-stage.ts'
import type { Stage, StageInput } from './physical-plan.ts'

/** What one task reads of one input. */
export type Reading =
  | { readonly kind: 'part'; readonly index: number }
  | {
      readonly kind: 'partitions'
      readonly from: number
      readonly to: number
      readonly maps?: { readonly from: number; readonly to: number }
    }
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }

/** What one task reads, by name of input. */
export type TaskShape = ReadonlyMap<string, Reading>

export type FinishedOf = (stage: Stage) => FinishedStage

const ALL: Reading = { kind: 'all' }
const NONE: Reading = { kind: 'none' }

/** One of the tasks: its own parts of what is cut, all of the rest. */
const shapeAt = (stage: Stage, task: number): TaskShape =>
  new Map(stage.inputs.map((input) => [input.name, readingAt(input, task)]))

const readingAt = (input: StageInput, task: number): Reading => {
  if (input.tasks !== undefined && (task < input.tasks.from || task >= input.tasks.to)) return NONE
  const index = task - (input.tasks?.from ?? 0)
  switch (input.kind) {
    case 'scan':
      return input.parts === undefined ? ALL : { kind: 'part', index }
    case 'range':
      return { kind: 'part', index }
    case 'shuffle':
      return { kind: 'partitions', from: index, to: index + 1 }
    case 'broadcast':
      return ALL
  }
}

/** Whether a reading has no row; undefined parts of tables may always have some. */
const isEmptyReading = (input: StageInput, reading: Reading, finished: FinishedOf): boolean => {
  if (reading.kind === 'none') return true
  if (input.kind === 'scan' || input.kind === 'range') return false
  const done = finished(input.stage)
  return reading.kind === 'partitions'
    ? partitionSize(done, reading.from, reading.to, reading.maps).rows === 0
    : partitionSize(done, 0, done.kind === 'shuffle' ? done.partitions : 1).rows === 0
}

const givesNothing = (stage: Stage, shape: TaskShape, finished: FinishedOf): boolean => {
  const empty = new Set(
    stage.inputs
      .filter((input) => isEmptyReading(input, shape.get(input.name) ?? NONE, finished))
      .map(({ name }) => name),
  )
  return isEmptyWhen(stage.plan, (name) => empty.has(name))
}

const isFixed = (input: StageInput & { readonly kind: 'shuffle' }): boolean => {
  const { output } = input.stage
  return output !== undefined && 'fixed' in output && output.fixed === true
}

/**
 * The tasks of a stage whose inputs are there: small partitions next to each other become one task, a skewed one several,
 * and what can give no row is left out. Pure: sizes come from `finished`.
 */
export const taskShapes = (
  stage: Stage,
  finished: FinishedOf,
  settings: AdaptiveSettings,
  slots: number,
): readonly TaskShape[] => {
  const shuffles = stage.inputs.filter((input) => input.kind === 'shuffle')
  const cut = stage.inputs.some(
    (input) =>
      input.tasks !== undefined || input.kind === 'range' || (input.kind === 'scan' && input.parts !== undefined),
  )
  const plain = () => Array.from({ length: stage.tasks }, (_, task) => shapeAt(stage, task))
  const merged =
    !settings.enabled || cut || shuffles.length === 0 || stage.tasks <= 1
      ? plain()
      : shuffles.some(isFixed)
        ? plain().flatMap((shape) => splitSkewed(stage, shape, finished, settings, Number.POSITIVE_INFINITY))
        : coalesced(stage, finished, settings, slots)
  return merged.filter((shape) => !givesNothing(stage, shape, finished))
}

const bytesOf = (stage: Stage, shape: TaskShape, finished: FinishedOf): number =>
  stage.inputs.reduce((sum, input) => {
    const reading = shape.get(input.name)
    return input.kind === 'shuffle' && reading?.kind === 'partitions'
      ? sum + partitionSize(finished(input.stage), reading.from, reading.to, reading.maps).bytes
      : sum
  }, 0)

/** Source: Spark's CoalesceShufflePartitions, with parallelismFirst. */
const coalesced = (
  stage: Stage,
  finished: FinishedOf,
  settings: AdaptiveSettings,
  slots: number,
): readonly TaskShape[] => {
  const shapes = Array.from({ length: stage.tasks }, (_, task) => shapeAt(stage, task))
  const bytes = shapes.map((shape) => bytesOf(stage, shape, finished))
  const total = bytes.reduce((sum, size) => sum + size, 0)
  const target = Math.min(
    settings.advisoryBytes,
    Math.max(settings.minPartitionBytes, Math.ceil(total / Math.max(1, slots))),
  )
  const median = bytes.toSorted((one, other) => one - other)[Math.floor(bytes.length / 2)] ?? 0
  const skewed = Math.max(settings.skewBytes, median * settings.skewFactor)
  const groups: TaskShape[] = []
  let open: { readonly from: number; readonly bytes: number } | undefined
  const close = (to: number) => {
    if (open !== undefined) groups.push(grouped(stage, open.from, to))
    open = undefined
  }
  for (const [index, size] of bytes.entries()) {
    if (size > skewed) {
      close(index)
      groups.push(...splitSkewed(stage, shapes[index]!, finished, settings, skewed))
      continue
    }
    if (open !== undefined && open.bytes + size > target) close(index)
    open = { from: open?.from ?? index, bytes: (open?.bytes ?? 0) + size }
  }
  close(bytes.length)
  return groups
}

const grouped = (stage: Stage, from: number, to: number): TaskShape =>
  new Map(
    stage.inputs.map((input) => [
      input.name,
      input.kind === 'shuffle' ? { kind: 'partitions', from, to } : readingAt(input, from),
    ]),
  )

/** A partition far above the others: several tasks read some of its blocks each, and all of what they are joined with. Source: Spark's OptimizeSkewedJoin. */
const splitSkewed = (
  stage: Stage,
  shape: TaskShape,
  finished: FinishedOf,
  settings: AdaptiveSettings,
  above: number,
): readonly TaskShape[] => {
  if (bytesOf(stage, shape, finished) <= above) return [shape]
  const able = stage.inputs.flatMap((input) => {
    const reading = shape.get(input.name)
    if (input.kind !== 'shuffle' || reading?.kind !== 'partitions' || !stage.additive.has(input.name)) return []
    const done = finished(input.stage)
    if (done.kind !== 'shuffle' || done.sizes.length < 2) return []
    const bytes = done.sizes.map((map) =>
      map.slice(reading.from, reading.to).reduce((sum, size) => sum + size.bytes, 0),
    )
    return [{ name: input.name, reading, bytes, total: bytes.reduce((sum, size) => sum + size, 0) }]
  })
  const largest = able.toSorted((one, other) => other.total - one.total)[0]
  if (largest === undefined || largest.total < settings.advisoryBytes) return [shape]
  const shapes: TaskShape[] = []
  let from = 0
  let sum = 0
  for (const [map, size] of largest.bytes.entries()) {
    if (sum > 0 && sum + size > settings.advisoryBytes) {
      shapes.push(new Map([...shape, [largest.name, { ...largest.reading, maps: { from, to: map } }]]))
      from = map
      sum = 0
    }
    sum += size
  }
  shapes.push(new Map([...shape, [largest.name, { ...largest.reading, maps: { from, to: largest.bytes.length } }]]))
  return shapes
}
