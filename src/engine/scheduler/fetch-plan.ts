import type { BlockLocation, BlockSource, FetchPlan } from '../protocol.ts'
import { SCHEMA_BLOCK } from '../shuffle/shuffle-store.ts'
import type { MapOutput } from './scheduling.ts'
import type { BodyInput, TaskBody } from './task-body.ts'

export interface BlockPlace {
  readonly url: string
  readonly shuffleDirectory: string
}

type ShuffleInput = BodyInput & { readonly kind: 'shuffle' }

/** Which blocks a task reads, and where they are. Undefined: an output it needs is not there now. */
export const fetchPlans = (
  body: TaskBody,
  outputsOf: (shuffle: number) => readonly (MapOutput | undefined)[],
  placeOf: (executor: number) => BlockPlace | undefined,
): readonly FetchPlan[] | undefined => {
  const plans: FetchPlan[] = []
  for (const input of body.inputs) {
    if (input.kind !== 'shuffle') continue
    const sources = sourcesOf(input, outputsOf(input.shuffle), placeOf)
    if (sources === undefined) return undefined
    plans.push({ token: input.token, shuffle: input.shuffle, sources })
  }
  return plans
}

const sourcesOf = (
  input: ShuffleInput,
  outputs: readonly (MapOutput | undefined)[],
  placeOf: (executor: number) => BlockPlace | undefined,
): readonly BlockSource[] | undefined => {
  const { from, to, maps = { from: 0, to: outputs.length } } = input
  const blocks = new Map<number, BlockLocation[]>()
  const add = (executor: number, block: BlockLocation): void => {
    const list = blocks.get(executor)
    if (list === undefined) blocks.set(executor, [block])
    else list.push(block)
  }
  let schema: (() => void) | undefined
  for (let map = maps.from; map < maps.to; map++) {
    const output = outputs[map]
    if (output === undefined) return undefined
    const { executor, attempt } = output
    for (let partition = from; partition < to; partition++) {
      const block = output.blocks[partition]
      if (block !== undefined && block.bytes > 0) {
        add(executor, { map, attempt, partition, bytes: block.bytes, crc: block.crc })
      }
    }
    const { schema: empty } = output
    if (empty !== undefined) {
      schema ??= () => add(executor, { map, attempt, partition: SCHEMA_BLOCK, bytes: empty.bytes, crc: empty.crc })
    }
  }
  // No rows at all: a block that has the columns only.
  if (blocks.size === 0) schema?.()
  const sources: BlockSource[] = []
  for (const [executor, list] of blocks) {
    const place = placeOf(executor)
    if (place === undefined) return undefined
    sources.push({ executor, url: place.url, directory: place.shuffleDirectory, blocks: list })
  }
  return sources
}
