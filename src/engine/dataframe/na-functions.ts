import { branch } from '../analysis/branch.ts'
import { userError } from '../errors.ts'
import { select } from '../sql/select-syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { Column, call, nameSyntax } from './column.ts'
import type { DataFrame } from './dataframe.ts'
import { lit } from './functions/normal.ts'

/** What to do about nulls (and NaN), after Spark's class of the same name. Promises, as the columns' types are needed. */
export class DataFrameNaFunctions {
  private readonly frame: DataFrame

  constructor(frame: DataFrame) {
    this.frame = frame
  }

  /** Without rows in which any (or all) of the columns are null or NaN. `thresh`: with at least so many that are not. */
  async drop(how: 'any' | 'all' = 'any', columns?: readonly string[], thresh?: number): Promise<DataFrame> {
    const fields = await this.fields(columns)
    const present = fields.map(({ name, type }) => {
      const column = named(name)
      const there = column.isNotNull()
      return isFloating(type) ? there.and(column.isNaN().not()) : there
    })
    const least = thresh ?? (how === 'any' ? fields.length : 1)
    const counted = present
      .map(
        (there) =>
          new Column({
            kind: 'case',
            branches: [branch(there.syntax, lit(1).syntax)],
            otherwise: lit(0).syntax,
          }),
      )
      .reduce((sum, one) => sum.plus(one), lit(0))
    return this.frame.filter(counted.geq(least))
  }

  /** Puts `value` where columns of its kind (or those named) are null or NaN. */
  async fill(
    value: string | number | boolean | Readonly<Record<string, string | number | boolean>>,
    columns?: readonly string[],
  ): Promise<DataFrame> {
    const fields = await this.fields(undefined)
    const wanted =
      typeof value === 'object'
        ? value
        : Object.fromEntries((columns ?? fields.map(({ name }) => name)).map((name) => [name, value]))
    const known = new Map(Object.entries(wanted).map(([name, fill]) => [name.toLowerCase(), fill]))
    for (const name of Object.keys(wanted))
      if (!fields.some((field) => field.name.toLowerCase() === name.toLowerCase()))
        throw userError(
          `fill: there is no column "${name}"; the columns are ${fields.map((field) => field.name).join(', ')}`,
        )
    const items = fields.map(({ name, type }) => {
      const fill = known.get(name.toLowerCase())
      const column = named(name)
      if (fill === undefined || !fits(fill, type)) return column.syntax
      const present = isFloating(type) ? call('nanvl', column, lit(null).cast(type)) : column
      return call('coalesce', present, lit(fill).cast(type)).as(name).syntax
    })
    return this.frame.with(select(this.frame.plan, items))
  }

  /** Puts other values in place of some; columns of another kind stay as they are. */
  async replace(
    values: ReadonlyMap<string | number | boolean, string | number | boolean | null>,
    columns?: readonly string[],
  ): Promise<DataFrame> {
    const fields = await this.fields(undefined)
    const chosen = columns === undefined ? undefined : new Set((await this.fields(columns)).map(({ name }) => name))
    const items = fields.map(({ name, type }) => {
      const column = named(name)
      const pairs = [...values].filter(([from]) => fits(from, type))
      if ((chosen !== undefined && !chosen.has(name)) || pairs.length === 0) return column.syntax
      const branches = pairs.map(([from, to]) =>
        branch(column.eq(lit(from).cast(type)).syntax, lit(to).cast(type).syntax),
      )
      return new Column({ kind: 'case', branches, otherwise: column.syntax }).as(name).syntax
    })
    return this.frame.with(select(this.frame.plan, items))
  }

  private async fields(columns: readonly string[] | undefined) {
    const { fields } = await this.frame.schema()
    if (columns === undefined) return fields
    return columns.map((name) => {
      const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase())
      if (field === undefined)
        throw userError(`there is no column "${name}"; the columns are ${fields.map((one) => one.name).join(', ')}`)
      return field
    })
  }
}

/** A column by its exact name, dots and all. */
const named = (name: string): Column => new Column(nameSyntax(`\`${name.replaceAll('`', '``')}\``))

const isFloating = (type: DataType): boolean => type.kind === 'float' || type.kind === 'double'

const NUMERIC: readonly DataType['kind'][] = ['byte', 'short', 'integer', 'long', 'float', 'double', 'decimal']

const fits = (value: unknown, type: DataType): boolean => {
  switch (typeof value) {
    case 'string':
      return type.kind === 'string'
    case 'boolean':
      return type.kind === 'boolean'
    default:
      return NUMERIC.includes(type.kind)
  }
}
