import { Column, type ColumnOrName, type ColumnOrValue, call, columnNode, functionCall, nodeOf } from './column.ts'
import { type ColumnNode, type Literal, labelOf } from './expression.ts'

export const col = (name: string): Column => new Column({ kind: 'name', name })
export const column = col
export const lit = (value: Literal): Column => new Column({ kind: 'literal', value })

/** An expression as SQL text, in the engine's dialect. */
export const expr = (text: string): Column => new Column({ kind: 'sql', text })

const aggregate = (name: string, of: ColumnOrName): Column => functionCall(name, [columnNode(of)])

export const sum = (of: ColumnOrName): Column => aggregate('sum', of)
export const avg = (of: ColumnOrName): Column => aggregate('avg', of)
export const mean = avg
export const min = (of: ColumnOrName): Column => aggregate('min', of)
export const max = (of: ColumnOrName): Column => aggregate('max', of)

/** Counts rows where the column is not null; `count('*')` and `count(lit(1))` count all rows. */
export const count = (of: ColumnOrName): Column => {
  const node = columnNode(of)
  return node.kind === 'name' && node.name === '*' ? call('count(1)', ['count(*)'], []) : functionCall('count', [node])
}

export const countDistinct = (of: ColumnOrName): Column => {
  const node = columnNode(of)
  return call(`count(DISTINCT ${labelOf(node)})`, ['count(DISTINCT ', ')'], [node])
}

export const sumDistinct = (of: ColumnOrName): Column => {
  const node = columnNode(of)
  return call(`sum(DISTINCT ${labelOf(node)})`, ['sum(DISTINCT ', ')'], [node])
}

export const asc = (of: string): Column => col(of).asc()
export const desc = (of: string): Column => col(of).desc()

export const upper = (of: ColumnOrName): Column => functionCall('upper', [columnNode(of)])
export const lower = (of: ColumnOrName): Column => functionCall('lower', [columnNode(of)])
export const length = (of: ColumnOrName): Column => functionCall('length', [columnNode(of)])
export const trim = (of: ColumnOrName): Column => functionCall('trim', [columnNode(of)])
export const abs = (of: ColumnOrName): Column => functionCall('abs', [columnNode(of)])
export const floor = (of: ColumnOrName): Column => functionCall('floor', [columnNode(of)])
export const ceil = (of: ColumnOrName): Column => functionCall('ceil', [columnNode(of)])
export const sqrt = (of: ColumnOrName): Column => functionCall('sqrt', [columnNode(of)])
export const year = (of: ColumnOrName): Column => functionCall('year', [columnNode(of)])
export const month = (of: ColumnOrName): Column => functionCall('month', [columnNode(of)])
export const dayofmonth = (of: ColumnOrName): Column => functionCall('dayofmonth', [columnNode(of)])
export const hour = (of: ColumnOrName): Column => functionCall('hour', [columnNode(of)])
export const minute = (of: ColumnOrName): Column => functionCall('minute', [columnNode(of)])

export const round = (of: ColumnOrName, scale = 0): Column =>
  functionCall('round', [columnNode(of), { kind: 'literal', value: scale }])

export const coalesce = (...of: readonly ColumnOrName[]): Column => functionCall('coalesce', of.map(columnNode))

/** Null where any argument is null, as in Spark (DuckDB's own concat passes over nulls). */
export const concat = (...of: readonly ColumnOrName[]): Column => {
  const nodes = of.map(columnNode)
  return call(`concat(${nodes.map(labelOf).join(', ')})`, ['(', ...nodes.slice(1).map(() => ' || '), ')'], nodes)
}

/** CASE WHEN: `when(a, 1).when(b, 2).otherwise(3)`. */
export class When extends Column {
  private readonly branches: readonly (readonly [ColumnNode, ColumnNode])[]

  constructor(branches: readonly (readonly [ColumnNode, ColumnNode])[]) {
    super(caseNode(branches, undefined))
    this.branches = branches
  }

  when(condition: Column, value: ColumnOrValue): When {
    return new When([...this.branches, [condition.node, nodeOf(value)]])
  }

  otherwise(value: ColumnOrValue): Column {
    return new Column(caseNode(this.branches, nodeOf(value)))
  }
}

export const when = (condition: Column, value: ColumnOrValue): When => new When([[condition.node, nodeOf(value)]])

const caseNode = (
  branches: readonly (readonly [ColumnNode, ColumnNode])[],
  otherwise: ColumnNode | undefined,
): ColumnNode => {
  const parts = ['CASE']
  const args: ColumnNode[] = []
  let label = 'CASE'
  for (const [condition, value] of branches) {
    parts[parts.length - 1] += ' WHEN '
    args.push(condition, value)
    parts.push(' THEN ', '')
    label += ` WHEN ${labelOf(condition)} THEN ${labelOf(value)}`
  }
  if (otherwise !== undefined) {
    parts[parts.length - 1] += ' ELSE '
    args.push(otherwise)
    parts.push('')
    label += ` ELSE ${labelOf(otherwise)}`
  }
  parts[parts.length - 1] += ' END'
  return { kind: 'call', label: `${label} END`, parts, args }
}
