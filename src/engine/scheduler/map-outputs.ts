import type { MapOutput } from './scheduling.ts'
import type { ShuffleState, StageState } from './stage-state.ts'

/** Which executor holds what of every shuffle that is not released. Source: Spark's MapOutputTracker. */
export class MapOutputs {
  private readonly shuffles = new Map<number, ShuffleState>()
  /** Sizes by [map][partition], kept when the blocks are lost. */
  private readonly sizes = new Map<number, (readonly { readonly bytes: number; readonly rows: number }[])[]>()

  register(id: number, producer: StageState): void {
    const maps = producer.tasks.length
    this.shuffles.set(id, { id, producer, outputs: Array.from({ length: maps }), missing: maps, released: false })
    this.sizes.set(
      id,
      Array.from({ length: maps }, () => []),
    )
  }

  get(id: number): ShuffleState | undefined {
    return this.shuffles.get(id)
  }

  sizesOf(id: number): readonly (readonly { readonly bytes: number; readonly rows: number }[])[] | undefined {
    return this.sizes.get(id)
  }

  add(id: number, map: number, output: MapOutput): void {
    const shuffle = this.shuffles.get(id)
    if (shuffle === undefined) return
    if (shuffle.outputs[map] === undefined) shuffle.missing--
    shuffle.outputs[map] = output
    const sizes = this.sizes.get(id)
    if (sizes !== undefined) sizes[map] = output.blocks
  }

  complete(ids: readonly number[]): boolean {
    return ids.every((id) => this.shuffles.get(id)?.missing === 0)
  }

  missingMaps(id: number): readonly number[] {
    const { outputs } = this.shuffles.get(id) ?? { outputs: [] }
    return [...outputs.keys()].filter((map) => outputs[map] === undefined)
  }

  /** The maps that are lost by it; those that have moved or were made again since are not. */
  lose(
    id: number,
    executor: number,
    lost: readonly { readonly map: number; readonly attempt: number }[],
  ): readonly number[] {
    const shuffle = this.shuffles.get(id)
    if (shuffle === undefined) return []
    const maps = lost
      .filter(({ map, attempt }) => {
        const output = shuffle.outputs[map]
        return output !== undefined && output.executor === executor && output.attempt === attempt
      })
      .map(({ map }) => map)
    for (const map of maps) shuffle.outputs[map] = undefined
    shuffle.missing += maps.length
    return maps
  }

  loseExecutor(executor: number): readonly { readonly shuffle: number; readonly maps: readonly number[] }[] {
    return [...this.shuffles.values()].flatMap(({ id, outputs }) => {
      const held = outputs.flatMap((output, map) =>
        output?.executor === executor ? [{ map, attempt: output.attempt }] : [],
      )
      return held.length === 0 ? [] : [{ shuffle: id, maps: this.lose(id, executor, held) }]
    })
  }

  move(
    from: number,
    moved: readonly { readonly shuffle: number; readonly map: number; readonly attempt: number; readonly to: number }[],
    isThere: (executor: number) => boolean,
  ): void {
    for (const { shuffle, map, attempt, to } of moved) {
      const outputs = this.shuffles.get(shuffle)?.outputs
      const output = outputs?.[map]
      if (outputs === undefined || output?.executor !== from || output.attempt !== attempt || !isThere(to)) continue
      outputs[map] = { ...output, executor: to }
    }
  }

  /** Shuffles of which `executor` holds something. */
  heldBy(executor: number): readonly number[] {
    return [...this.shuffles.values()]
      .filter(({ outputs }) => outputs.some((output) => output?.executor === executor))
      .map(({ id }) => id)
  }

  release(id: number): void {
    const shuffle = this.shuffles.get(id)
    if (shuffle !== undefined) shuffle.released = true
  }

  abandon(id: number): void {
    this.shuffles.delete(id)
    this.sizes.delete(id)
  }

  /**
   * Takes out what was released and is of no use: neither read by a stage at work, nor by the producer of a shuffle
   * that stays (which could not be computed again without it).
   */
  collect(active: readonly StageState[]): readonly ShuffleState[] {
    const kept = new Set<number>()
    const keep = (id: number): void => {
      const shuffle = this.shuffles.get(id)
      if (shuffle === undefined || kept.has(id)) return
      kept.add(id)
      for (const read of shuffle.producer.shape.reads) keep(read)
    }
    for (const { id, released, producer } of this.shuffles.values()) {
      if (!released || producer.status === 'active') keep(id)
    }
    for (const stage of active) for (const id of stage.shape.reads) keep(id)
    const gone = [...this.shuffles.values()].filter(({ id }) => !kept.has(id))
    for (const { id } of gone) this.abandon(id)
    return gone
  }
}
