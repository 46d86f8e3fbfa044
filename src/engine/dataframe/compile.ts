import { quoteName, quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import { queryText } from '../sql/parse-script.ts'
import { tokenize } from '../sql/tokens.ts'
import type { DescribeNames, FrameText, ViewDefinition, Views } from '../sql/views.ts'
import { type ColumnNode, type Literal, labelOf, partsOfName } from './expression.ts'
import type { Logical } from './logical.ts'

/** A DataFrame's plan as SQL, with the views it reads. */
export interface Compiled extends FrameText {
  /** What the result's columns are called; SQL names differ where two are called the same. */
  readonly names: readonly string[]
}

/** A column of an intermediate result. */
interface Field {
  readonly name: string
  /** Its name in SQL: unique within the result. */
  readonly sql: string
  /** The DataFrames through which it can be named (df.col). */
  readonly origins: ReadonlySet<Logical>
}

interface Relation {
  readonly sql: string
  readonly fields: readonly Field[]
}

/** Compiles a DataFrame's plan. Throws EngineError for names that are unknown or ambiguous, with suggestions. */
export const compile = async (plan: Logical, describe: DescribeNames): Promise<Compiled> => {
  const compiler = new Compiler(describe)
  const { sql, fields } = await compiler.relation(plan)
  return { sql, views: compiler.views(), names: fields.map(({ name }) => name) }
}

class Compiler {
  private readonly describe: DescribeNames
  private readonly definitions = new Map<ViewDefinition, string>()
  private counter = 0

  constructor(describe: DescribeNames) {
    this.describe = describe
  }

  views(): Views {
    return new Map([...this.definitions].map(([definition, name]) => [name, definition]))
  }

  async relation(plan: Logical): Promise<Relation> {
    const made = await this.compile(plan)
    return {
      sql: made.sql,
      fields: made.fields.map((field) => ({ ...field, origins: new Set([...field.origins, plan]) })),
    }
  }

  private from(relation: Relation): string {
    return `(${relation.sql}) AS "t${this.counter++}"`
  }

  private async compile(plan: Logical): Promise<Relation> {
    switch (plan.kind) {
      case 'view': {
        const known = this.definitions.get(plan.definition)
        const name = known ?? `__frame${this.definitions.size}`
        this.definitions.set(plan.definition, name)
        const sql = `SELECT * FROM ${quoteName(name)}`
        return { sql, fields: fieldsOf(await this.describe(sql, this.views())) }
      }
      case 'range':
        return {
          sql: `SELECT range AS id FROM range(${plan.start}, ${plan.end}, ${plan.step})`,
          fields: fieldsOf(['id']),
        }
      case 'project': {
        const input = await this.relation(plan.input)
        const items = plan.columns.flatMap((column) => expandStar(column, input.fields))
        return this.select(items, input, '')
      }
      case 'filter': {
        const input = await this.relation(plan.input)
        return {
          sql: `SELECT * FROM ${this.from(input)} WHERE ${toSql(plan.condition, input.fields)}`,
          fields: input.fields,
        }
      }
      case 'with-column': {
        const input = await this.relation(plan.input)
        const replaced = input.fields.some((field) => sameName(field.name, plan.name))
        const named: ColumnNode = { kind: 'alias', child: plan.column, name: plan.name }
        const items = input.fields.map((field): ColumnNode => (sameName(field.name, plan.name) ? named : keep(field)))
        return this.select(replaced ? items : [...items, named], input, '')
      }
      case 'rename': {
        const input = await this.relation(plan.input)
        const items = input.fields.map(
          (field): ColumnNode =>
            sameName(field.name, plan.from) ? { kind: 'alias', child: keep(field), name: plan.to } : keep(field),
        )
        return this.select(items, input, '')
      }
      case 'drop': {
        const input = await this.relation(plan.input)
        const dropped = new Set(
          plan.columns.flatMap((column) => (column.kind === 'name' ? matching(column, input.fields) : [])),
        )
        const left = input.fields.filter((field) => !dropped.has(field))
        if (left.length === 0) throw userError('drop would leave no column')
        return this.select(left.map(keep), input, '')
      }
      case 'aggregate': {
        const input = await this.relation(plan.input)
        const groups = plan.groups.map((group) => toSql(bare(group), input.fields))
        const by = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`
        return this.select([...plan.groups, ...plan.aggregates], input, by)
      }
      case 'join':
        return this.join(plan)
      case 'sort': {
        const input = await this.relation(plan.input)
        const orders = plan.orders.map((order) => orderSql(order, input.fields))
        return { sql: `SELECT * FROM ${this.from(input)} ORDER BY ${orders.join(', ')}`, fields: input.fields }
      }
      case 'limit': {
        const input = await this.relation(plan.input)
        const sorted = plan.input.kind === 'sort'
        return {
          sql: sorted ? `${input.sql} LIMIT ${plan.count}` : `SELECT * FROM ${this.from(input)} LIMIT ${plan.count}`,
          fields: input.fields,
        }
      }
      case 'distinct': {
        const input = await this.relation(plan.input)
        return { sql: `SELECT DISTINCT * FROM ${this.from(input)}`, fields: input.fields }
      }
      case 'union': {
        const left = await this.relation(plan.left)
        const right = await this.relation(plan.right)
        if (left.fields.length !== right.fields.length && !plan.byName) {
          throw userError(`union needs equally many columns: ${left.fields.length} and ${right.fields.length}`)
        }
        const word = plan.byName ? 'UNION ALL BY NAME' : 'UNION ALL'
        const sql = `SELECT * FROM ${this.from(left)} ${word} SELECT * FROM ${this.from(right)}`
        return { sql, fields: left.fields.map(({ name, sql: inner }) => ({ name, sql: inner, origins: new Set() })) }
      }
    }
  }

  private select(items: readonly ColumnNode[], input: Relation, tail: string): Relation {
    const fields: Field[] = []
    const list = items.map((item) => {
      const child = bare(item)
      const source = child.kind === 'name' ? matching(child, input.fields)[0] : undefined
      const name = item.kind === 'name' && source ? source.name : labelOf(item)
      const sql = uniqueName(name, fields)
      fields.push({ name, sql, origins: source !== undefined ? source.origins : new Set() })
      return `${toSql(child, input.fields)} AS ${quoteName(sql)}`
    })
    return { sql: `SELECT ${list.join(', ')} FROM ${this.from(input)}${tail}`, fields }
  }

  private async join(plan: Extract<Logical, { kind: 'join' }>): Promise<Relation> {
    const left = await this.relation(plan.left)
    const right = await this.relation(plan.right)
    const one = `l${this.counter}`
    const two = `r${this.counter++}`
    const using = plan.on !== undefined && 'using' in plan.on ? plan.on.using : []
    const key = (name: string, fields: readonly Field[]): Field => single({ kind: 'name', name }, fields)
    const keys = using.map((name) => ({ left: key(name, left.fields), right: key(name, right.fields) }))
    const qualify = (alias: string) => (field: Field) => ({ ...field, sql: `${alias}\u0000${field.sql}` })
    const both = [...left.fields.map(qualify(one)), ...right.fields.map(qualify(two))]
    const half = plan.how === 'semi' || plan.how === 'anti'
    const fields: Field[] = []
    const list: string[] = []
    const put = (sql: string, { name, origins }: Field) => {
      const unique = uniqueName(name, fields)
      fields.push({ name, sql: unique, origins })
      list.push(`${sql} AS ${quoteName(unique)}`)
    }
    const column = (alias: string, field: Field) => `${quoteName(alias)}.${quoteName(field.sql)}`
    for (const { left: l, right: r } of keys) {
      const value =
        plan.how === 'right'
          ? column(two, r)
          : plan.how === 'full'
            ? `coalesce(${column(one, l)}, ${column(two, r)})`
            : column(one, l)
      put(value, { ...l, origins: half ? l.origins : new Set([...l.origins, ...r.origins]) })
    }
    for (const field of left.fields) if (!keys.some((pair) => pair.left === field)) put(column(one, field), field)
    if (!half)
      for (const field of right.fields) if (!keys.some((pair) => pair.right === field)) put(column(two, field), field)
    const equal = keys.map((pair) => `${column(one, pair.left)} = ${column(two, pair.right)}`)
    const condition =
      plan.on !== undefined && 'condition' in plan.on ? toSql(plan.on.condition, both) : equal.join(' AND ')
    const word = {
      inner: 'JOIN',
      cross: 'CROSS JOIN',
      left: 'LEFT JOIN',
      right: 'RIGHT JOIN',
      full: 'FULL JOIN',
      semi: 'SEMI JOIN',
      anti: 'ANTI JOIN',
    }[plan.how]
    const on = plan.how === 'cross' ? '' : ` ON ${condition === '' ? 'true' : condition}`
    return {
      sql: `SELECT ${list.join(', ')} FROM (${left.sql}) AS ${quoteName(one)} ${word} (${right.sql}) AS ${quoteName(two)}${on}`,
      fields,
    }
  }
}

const fieldsOf = (names: readonly string[]): readonly Field[] =>
  names.map((name) => ({ name, sql: name, origins: new Set() }))

const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** A reference to exactly this field, whatever else is called the same. */
const keep = (field: Field): ColumnNode => ({
  kind: 'alias',
  child: { kind: 'sql', text: `\u0000${field.sql}` },
  name: field.name,
})

const uniqueName = (name: string, taken: readonly Field[]): string => {
  let unique = name
  for (let n = 1; taken.some((field) => sameName(field.sql, unique)); n++) unique = `${name}_${n}`
  return unique
}

const bare = (node: ColumnNode): ColumnNode =>
  node.kind === 'alias' || node.kind === 'order' ? bare(node.child) : node

const expandStar = (node: ColumnNode, fields: readonly Field[]): readonly ColumnNode[] =>
  node.kind === 'name' && node.name === '*'
    ? fields.filter((field) => node.frame === undefined || field.origins.has(node.frame)).map(keep)
    : [node]

type NameNode = Extract<ColumnNode, { kind: 'name' }>

const matching = (node: NameNode, fields: readonly Field[]): readonly Field[] => {
  const [first] = partsOfName(node.name)
  return fields.filter(
    (field) => sameName(field.name, first ?? '') && (node.frame === undefined || field.origins.has(node.frame)),
  )
}

const single = (node: NameNode, fields: readonly Field[]): Field => {
  const found = matching(node, fields)
  const [field] = found
  if (field === undefined) {
    const near = suggestions(
      partsOfName(node.name)[0] ?? node.name,
      fields.map(({ name }) => name),
    )
    throw userError(`[UNRESOLVED_COLUMN] there is no column "${node.name}"; did you mean ${near.join(', ')}?`)
  }
  if (found.length > 1) {
    throw userError(
      `[AMBIGUOUS_REFERENCE] ${found.length} columns are called "${node.name}": take it from its DataFrame (df.col("${node.name}")), or rename one before the join`,
    )
  }
  return field
}

const orderSql = (node: ColumnNode, fields: readonly Field[]): string => {
  const { descending, nullsFirst } = node.kind === 'order' ? node : { descending: false, nullsFirst: true }
  const text = toSql(bare(node), fields)
  return `${text} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`
}

const fieldSql = (field: Field): string => field.sql.split('\u0000').map(quoteName).join('.')

const toSql = (node: ColumnNode, fields: readonly Field[]): string => {
  switch (node.kind) {
    case 'name': {
      const [, ...inside] = partsOfName(node.name)
      return [fieldSql(single(node, fields)), ...inside.map(quoteName)].join('.')
    }
    case 'literal':
      return literalSql(node.value)
    case 'sql':
      return node.text.startsWith('\u0000') ? quoteName(node.text.slice(1)) : `(${queryText(tokenize(node.text)).text})`
    case 'call': {
      const args = node.args.map((arg) => toSql(bare(arg), fields))
      return node.parts.map((part, index) => part + (args[index] ?? '')).join('')
    }
    case 'alias':
    case 'order':
      return toSql(node.child, fields)
  }
}

export const literalSql = (value: Literal): string => {
  if (value === null) return 'NULL'
  if (value instanceof Date) return `TIMESTAMPTZ ${quoteText(value.toISOString())}`
  switch (typeof value) {
    case 'string':
      return quoteText(value)
    case 'number':
      if (Number.isSafeInteger(value)) return String(value)
      return Number.isFinite(value) ? `CAST(${value} AS DOUBLE)` : `CAST('${value}' AS DOUBLE)`
    case 'bigint':
      return String(value)
    default:
      return String(value)
  }
}

/** The nearest names, nearest first. */
const suggestions = (wanted: string, names: readonly string[]): readonly string[] =>
  names
    .map((name) => ({ name, far: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far)
    .slice(0, 5)
    .map(({ name }) => name)

const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
