import { join, select } from '../optimizer/build.ts'
import { call, conjoin } from '../optimizer/expression-tree.ts'
import { type JoinPair, joinPairs } from '../optimizer/join-keys.ts'
import { estimatedBytes } from '../optimizer/statistics.ts'
import type { Expression } from '../plan/expression.ts'
import { idsOf } from '../plan/expression-tree.ts'
import type { LogicalJoinType, LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import {
  exchange,
  type Fragment,
  isOneTask,
  type Planner,
  partitionsFor,
  readStage,
  renamed,
  type Spread,
  toSingle,
  withColumns,
  withKeys,
} from './fragment.ts'
import { cutByRanges, cutBytes, ownBoundaries, possibleKeys } from './key-cut.ts'
import { inlined } from './plan-leaves.ts'
import { printBytes } from './print-bytes.ts'

/** Which side every task may have whole. Source: Spark's canBuildBroadcastLeft and Right. */
export const BROADCASTABLE: Readonly<Record<LogicalJoinType, readonly ('left' | 'right')[]>> = {
  inner: ['right', 'left'],
  left: ['right'],
  right: ['left'],
  full: [],
  semi: ['right'],
  anti: ['right'],
  'null-aware-anti': ['right'],
  'as-of': ['right'],
}

/** In whose rows the join is a sum: a part of that side with all of the other gives a part of the result. */
const ADDITIVE: Readonly<Record<LogicalJoinType, readonly ('left' | 'right')[]>> = {
  inner: ['left', 'right'],
  left: ['left'],
  right: ['right'],
  full: [],
  semi: ['left'],
  anti: ['left'],
  'null-aware-anti': ['left'],
  'as-of': ['left'],
}

const additiveOf = (how: LogicalJoinType, left: Fragment, right: Fragment): ReadonlySet<string> =>
  new Set(ADDITIVE[how].flatMap((side) => [...(side === 'left' ? left : right).additive]))

interface Sides {
  readonly node: PlanOf<'join'>
  readonly left: Fragment
  readonly right: Fragment
}

const put = ({ node, left, right }: Sides, spread: Spread, tasks: number, note: string): Fragment => ({
  plan: {
    ...node,
    left: left.plan,
    right: right.plan,
    output: join(left.plan, right.plan, node.how, undefined).output,
  },
  inputs: [...left.inputs, ...right.inputs],
  spread,
  tasks,
  additive: additiveOf(node.how, left, right),
  whyWhole: left.whyWhole ?? right.whyWhole,
  notes: [...left.notes, ...right.notes, note],
})

/** Equal keys of an inner join are one key from there on; of an outer join only the kept side's columns say where a row is. */
const spreadAfter = (
  spread: Spread,
  pairs: readonly JoinPair[],
  how: LogicalJoinType,
  side: 'left' | 'right',
): Spread => {
  if (!('keys' in spread) || how !== 'inner') return spread
  return withKeys(spread, (key) => {
    const also = pairs.flatMap((pair) => {
      const [own, other] = side === 'left' ? [pair.left, pair.right] : [pair.right, pair.left]
      return own.kind === 'attribute' && other.kind === 'attribute' && key.has(own.id) ? [other.id] : []
    })
    return new Set([...key, ...also])
  })
}

/** Brings `side` to every task of the other. */
const broadcastJoin = (
  planner: Planner,
  sides: Sides,
  side: 'left' | 'right',
  pairs: readonly JoinPair[],
  why: string,
): Fragment => {
  const build = sides[side]
  const stream = side === 'left' ? sides.right : sides.left
  const small = isOneTask(stream) && isOneTask(build) ? build : inlined(planner, build, stream.tasks)
  const whole = small ?? broadcast(planner, build)
  const next = side === 'left' ? { ...sides, left: whole } : { ...sides, right: whole }
  const spread = spreadAfter(stream.spread, pairs, sides.node.how, side === 'left' ? 'right' : 'left')
  const oneTask: Spread =
    stream.spread.kind === 'inline' && whole.spread.kind !== 'inline' ? { kind: 'single' } : spread
  const way = small === undefined ? 'broadcast' : isOneTask(stream) ? 'in one task' : 'each task reads it'
  const joined = put(next, oneTask, stream.tasks, `${sides.node.how} join: ${side} side ${way} (${why})`)
  return small === undefined || !isOneTask(stream) ? { ...joined, additive: keepStream(joined, stream) } : joined
}

const keepStream = (joined: Fragment, stream: Fragment): ReadonlySet<string> =>
  new Set([...joined.additive].filter((name) => stream.additive.has(name)))

const broadcast = (planner: Planner, build: Fragment): Fragment => {
  const { input, plan } = readStage(planner, build, { kind: 'broadcast' })
  return {
    plan,
    inputs: [input],
    spread: { kind: 'single' },
    tasks: 1,
    additive: new Set(),
    whyWhole: undefined,
    notes: [],
  }
}

/** The pairs by which a side lies already, in the order of its hash; undefined where it lies otherwise. */
const lying = (spread: Spread, pairs: readonly JoinPair[], side: 'left' | 'right'): readonly number[] | undefined => {
  if (spread.kind !== 'hash') return undefined
  const found = spread.keys.map((key) =>
    pairs.findIndex((pair) => {
      const own = pair[side]
      return own.kind === 'attribute' && key.has(own.id)
    }),
  )
  return found.includes(-1) ? undefined : found
}

/** Both sides by the hash of the keys, with as many partitions; a side that lies so already stays. */
const shuffledJoin = (planner: Planner, sides: Sides, pairs: readonly JoinPair[], why: string): Fragment => {
  const { node } = sides
  const { options } = planner
  const ofLeft = lying(sides.left.spread, pairs, 'left')
  const ofRight = lying(sides.right.spread, pairs, 'right')
  const same = ofLeft !== undefined && ofRight !== undefined && String(ofLeft) === String(ofRight)
  const both = same && partitionsOf(sides.left) === partitionsOf(sides.right)
  const bytes = (side: LogicalPlan) => estimatedBytes(side, options.estimate)
  const keepLeft = both || (ofLeft !== undefined && (ofRight === undefined || bytes(node.left) >= bytes(node.right)))
  const keepRight = both || (ofRight !== undefined && !keepLeft)
  const order = keepLeft ? ofLeft : keepRight ? ofRight : pairs.map((_, index) => index)
  const kept = keepLeft ? sides.left : keepRight ? sides.right : undefined
  const partitions =
    kept === undefined ? partitionsFor(options, Math.max(bytes(node.left), bytes(node.right))) : partitionsOf(kept)
  const move = (side: 'left' | 'right', stays: boolean): Fragment => {
    if (stays) return sides[side]
    const keys = (order ?? []).map((index) => pairs[index]![side])
    return exchange(planner, sides[side], { kind: 'hash', keys, partitions })
  }
  const next = { ...sides, left: move('left', keepLeft), right: move('right', keepRight) }
  const stayed = both
    ? ', both sides lie so already'
    : keepLeft
      ? ', left lies so already'
      : keepRight
        ? ', right lies so already'
        : ''
  const note = `${node.how} join: both sides by key in ${partitions} partitions (${why}${stayed})`
  const side = node.how === 'right' ? 'right' : 'left'
  const spread: Spread = node.how === 'full' ? { kind: 'cut' } : spreadAfter(next[side].spread, pairs, node.how, side)
  return put(next, spread, partitions, note)
}

const partitionsOf = ({ spread, tasks }: Fragment): number => (spread.kind === 'hash' ? spread.partitions : tasks)

/** Both sides lie in the order of the same key: whichever ranges of it are read, they meet. */
const liesAlike = ({ left, right }: Sides, pairs: readonly JoinPair[]): boolean => {
  const [ofLeft, ofRight] = [left.spread, right.spread]
  if (ofLeft.kind !== 'range' || ofRight.kind !== 'range') return false
  return pairs.some(
    (pair) =>
      pair.left.kind === 'attribute' &&
      pair.right.kind === 'attribute' &&
      ofLeft.keys[0].has(pair.left.id) &&
      ofRight.keys[0].has(pair.right.id),
  )
}

/** The side to bring to every task, so that the other can be read in the order that is wanted above; only a small one. */
const keepsOrder = (
  planner: Planner,
  { node, left, right }: Sides,
  wanted: ReadonlySet<number>,
): 'left' | 'right' | undefined => {
  const { estimate, limits } = planner.options
  const may = (side: 'left' | 'right', other: Fragment): boolean =>
    BROADCASTABLE[node.how].includes(side) &&
    limits.broadcastMaxBytes >= 0 &&
    other.spread.kind === 'range' &&
    [...other.spread.keys[0]].some((id) => wanted.has(id)) &&
    estimatedBytes(node[side], estimate) <= limits.inlineMaxBytes
  return may('right', left) ? 'right' : may('left', right) ? 'left' : undefined
}

/** Each task reads the same range of the key of both sides. */
const rangeJoin = (planner: Planner, sides: Sides, pairs: readonly JoinPair[]): Fragment => {
  const { node } = sides
  const leading = cutBytes(sides.left) >= cutBytes(sides.right) ? sides.left : sides.right
  const boundaries = ownBoundaries(planner, leading)
  const left = cutByRanges(planner, sides.left, boundaries)
  const right = cutByRanges(planner, sides.right, boundaries)
  const side = node.how === 'right' ? 'right' : 'left'
  const kept = side === 'left' ? left : right
  const spread: Spread = node.how === 'full' ? { kind: 'cut' } : spreadAfter(kept.spread, pairs, node.how, side)
  const note = `${node.how} join: both sides lie in the order of the key, in ${kept.tasks} ranges of it`
  return put({ node, left, right }, spread, kept.tasks, note)
}

type Choice =
  | { readonly kind: 'ranges' }
  | { readonly kind: 'broadcast'; readonly side: 'left' | 'right'; readonly why: string }
  | { readonly kind: 'shuffle'; readonly why: string }
  | { readonly kind: 'single'; readonly why: string | undefined }

/** What a byte that is shuffled costs, in bytes that a task reads of a broadcast. */
const SHUFFLE_COST = 1.5

const choose = (planner: Planner, sides: Sides, pairs: readonly JoinPair[], wanted: ReadonlySet<number>): Choice => {
  const { node, left, right } = sides
  const { limits, estimate } = planner.options
  const sizes = { left: estimatedBytes(node.left, estimate), right: estimatedBytes(node.right, estimate) }
  const may = BROADCASTABLE[node.how]
  if (node.how === 'null-aware-anti') return { kind: 'broadcast', side: 'right', why: 'NOT IN must see all of it' }
  if (isOneTask(left) && isOneTask(right)) return { kind: 'single', why: undefined }
  if (node.broadcast !== undefined && may.includes(node.broadcast))
    return { kind: 'broadcast', side: node.broadcast, why: 'hint' }
  if (liesAlike(sides, pairs)) return { kind: 'ranges' }
  const smaller = may.toSorted((one, other) => sizes[one] - sizes[other])[0]
  if (pairs.length === 0)
    return smaller === undefined
      ? { kind: 'single', why: `a ${node.how} join without an equality between its sides cannot be distributed` }
      : { kind: 'broadcast', side: smaller, why: 'no equality to shuffle by' }
  if (smaller === undefined) return { kind: 'shuffle', why: `${node.how} join` }
  const why = `about ${printBytes(sizes[smaller])}`
  const tiny = may.find((side) => sides[side].spread.kind === 'inline')
  if (tiny !== undefined && limits.broadcastMaxBytes >= 0)
    return { kind: 'broadcast', side: tiny, why: 'constant rows' }
  const moving = keepsOrder(planner, sides, wanted)
  if (moving !== undefined)
    return { kind: 'broadcast', side: moving, why: 'the other side lies in the order of a key of the join above' }
  if (sizes[smaller] > limits.broadcastMaxBytes)
    return { kind: 'shuffle', why: `${why}, above the limit for broadcasts` }
  const other = smaller === 'left' ? right : left
  const toMove = [left, right].filter(
    (side, index) => lying(side.spread, pairs, index === 0 ? 'left' : 'right') === undefined,
  )
  const moved = toMove.reduce((sum, side) => sum + sizes[side === left ? 'left' : 'right'], 0)
  const sent = sizes[smaller] * Math.max(1, Math.min(other.tasks, planner.options.slots))
  return sent > SHUFFLE_COST * moved && moved < Number.POSITIVE_INFINITY && sizes[smaller] > limits.inlineMaxBytes
    ? { kind: 'shuffle', why: `to every task it would be ${printBytes(sent)}` }
    : { kind: 'broadcast', side: smaller, why }
}

/** Columns of both sides that both might be cut by. */
const meetingKeys = (planner: Planner, node: PlanOf<'join'>, pairs: readonly JoinPair[]) => {
  const [ofLeft, ofRight] = [possibleKeys(planner, node.left), possibleKeys(planner, node.right)]
  const both = pairs.flatMap(({ left, right }) =>
    left.kind === 'attribute' && right.kind === 'attribute' && ofLeft.has(left.id) && ofRight.has(right.id)
      ? [{ left: left.id, right: right.id }]
      : [],
  )
  return { left: both.map(({ left }) => left), right: both.map(({ right }) => right) }
}

export const planJoin = (planner: Planner, node: PlanOf<'join'>, wanted: ReadonlySet<number>): Fragment => {
  const { pairs, rest } = joinPairs(node.condition, idsOf(node.left.output), idsOf(node.right.output))
  const keys = meetingKeys(planner, node, pairs)
  const sides: Sides = {
    node,
    left: planner.plan(node.left, new Set([...wanted, ...keys.left])),
    right: planner.plan(node.right, new Set([...wanted, ...keys.right])),
  }
  const choice = choose(planner, sides, pairs, wanted)
  switch (choice.kind) {
    case 'ranges':
      return rangeJoin(planner, sides, pairs)
    case 'broadcast':
      return broadcastJoin(planner, sides, choice.side, pairs, choice.why)
    case 'single': {
      const [left, right] = [toSingle(planner, sides.left, choice.why), toSingle(planner, sides.right, choice.why)]
      const inline = left.spread.kind === 'inline' && right.spread.kind === 'inline'
      return put({ node, left, right }, { kind: inline ? 'inline' : 'single' }, 1, `${node.how} join: in one task`)
    }
    case 'shuffle': {
      const left = withColumns(
        planner,
        sides.left,
        pairs.map((pair) => pair.left),
      )
      const right = withColumns(
        planner,
        sides.right,
        pairs.map((pair) => pair.right),
      )
      const columns = pairs.map((pair, index) => ({
        ...pair,
        left: left.columns[index]!,
        right: right.columns[index]!,
      }))
      const equal = columns.map((pair): Expression => call(pair.nullSafe ? '<=>' : '=', [pair.left, pair.right]))
      const condition = conjoin([...equal, ...rest])
      const joined = shuffledJoin(
        planner,
        { node: { ...node, condition }, left: left.fragment, right: right.fragment },
        columns,
        choice.why,
      )
      const added = joined.plan.output.length !== node.output.length
      if (!added) return joined
      const kept = new Set(node.output.map(({ id }) => id))
      return {
        ...joined,
        plan: select(joined.plan, node.output),
        spread: renamed(joined.spread, (id) => (kept.has(id) ? [id] : [])),
      }
    }
  }
}
