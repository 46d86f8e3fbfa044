import type { LogicalPlan } from '../plan/logical-plan.ts'
import { cutByKeys, keyBoundaries } from '../sources/key-ranges.ts'
import { type Fragment, isOneTask, namesThrough, type Planner } from './fragment.ts'
import type { StageInput } from './physical-plan.ts'

type CutScan = StageInput & {
  readonly kind: 'scan'
  readonly parts: NonNullable<(StageInput & { kind: 'scan' })['parts']>
}

const isCut = (input: StageInput): input is CutScan => input.kind === 'scan' && input.parts !== undefined

const rangesOf = (planner: Planner, { relation }: CutScan) => {
  const ranges = planner.options.keyRanges?.(relation)
  if (ranges === undefined) throw new Error('a table that lies in the order of no key cannot be cut by one')
  return ranges
}

const partBytes = (input: CutScan): number => input.parts.reduce((sum, { bytes }) => sum + bytes, 0)

/** The cut table of the fragment that is the largest to read; of a fragment whose spread is `range`. */
const largest = (fragment: Fragment): CutScan => {
  const cut = fragment.inputs.filter(isCut).toSorted((one, other) => partBytes(other) - partBytes(one))[0]
  if (cut === undefined) throw new Error('the fragment has no table that is cut')
  return cut
}

/** Where a fragment is cut by its key, or would be by itself. */
export const ownBoundaries = (planner: Planner, fragment: Fragment): readonly bigint[] => {
  if (fragment.spread.kind === 'range' && fragment.spread.boundaries !== undefined) return fragment.spread.boundaries
  const table = largest(fragment)
  return keyBoundaries(rangesOf(planner, table), table.parts.length)
}

/** Bytes of the largest table that the fragment cuts. */
export const cutBytes = (fragment: Fragment): number => partBytes(largest(fragment))

/** The fragment with all of its cut tables cut at the same keys: task i has the i-th range. */
export const cutByRanges = (planner: Planner, fragment: Fragment, boundaries: readonly bigint[]): Fragment => {
  const { spread } = fragment
  if (spread.kind !== 'range') throw new Error('the fragment does not lie in the order of a key')
  const inputs = fragment.inputs.map((input) =>
    isCut(input) ? { ...input, parts: cutByKeys(rangesOf(planner, input), boundaries) } : input,
  )
  return { ...fragment, inputs, spread: { ...spread, boundaries }, tasks: boundaries.length + 1 }
}

/** The fragment so that rows that agree in all `columns` lie in one task; undefined: rows would have to move. */
export const clustered = (planner: Planner, fragment: Fragment, columns: ReadonlySet<number>): Fragment | undefined => {
  if (isOneTask(fragment)) return fragment
  const { spread } = fragment
  if (!('keys' in spread) || !spread.keys.every((key) => [...key].some((id) => columns.has(id)))) return undefined
  return spread.kind === 'hash' || spread.boundaries !== undefined
    ? fragment
    : cutByRanges(planner, fragment, ownBoundaries(planner, fragment))
}

/** Columns by which the rows of a plan would be cut, if joins leave them as they lie. */
export const possibleKeys = (planner: Planner, node: LogicalPlan): ReadonlySet<number> => {
  switch (node.kind) {
    case 'scan': {
      const ranges = planner.options.keyRanges?.(node.relation)
      const key = ranges && node.output[node.columns.indexOf(ranges.column)]
      return new Set(key === undefined || planner.options.parts(node.relation).length < 2 ? [] : [key.id])
    }
    case 'filter':
      return possibleKeys(planner, node.input)
    case 'project':
      return new Set([...possibleKeys(planner, node.input)].flatMap(namesThrough(node.items)))
    case 'join':
      return new Set([
        ...(node.how === 'right' ? [] : possibleKeys(planner, node.left)),
        ...(node.how === 'inner' || node.how === 'right' ? possibleKeys(planner, node.right) : []),
      ])
    default:
      return new Set()
  }
}
