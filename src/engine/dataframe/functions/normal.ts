import { branch } from '../../analysis/branch.ts'
import {
  Column,
  type ColumnOrName,
  type ColumnOrValue,
  columnSyntax,
  expressionSyntax,
  named,
  syntaxOf,
} from '../column.ts'
import { type Literal, literalSyntax } from '../literal.ts'
import { columns } from './make.ts'

/** A column by name; `*` is all of them. */
export const col = named
export const column = named
export const lit = (value: Literal | Column): Column =>
  value instanceof Column ? value : new Column(literalSyntax(value))

/** An expression as SQL text. */
export const expr = (text: string): Column => new Column(expressionSyntax(text))

/** Any function of SQL by its name. */
export const call_function = (name: string, ...of: readonly ColumnOrName[]): Column =>
  new Column({ kind: 'call', name: name.toLowerCase(), args: of.map(columnSyntax) })

export const asc = (name: string): Column => col(name).asc()
export const asc_nulls_first = (name: string): Column => col(name).asc_nulls_first()
export const asc_nulls_last = (name: string): Column => col(name).asc_nulls_last()
export const desc = (name: string): Column => col(name).desc()
export const desc_nulls_first = (name: string): Column => col(name).desc_nulls_first()
export const desc_nulls_last = (name: string): Column => col(name).desc_nulls_last()

export const coalesce = columns('coalesce')
export const greatest = columns('greatest')
export const least = columns('least')
export const isnull = columns('isnull')
export const isnotnull = columns('isnotnull')
export const isnan = columns('isnan')
export const nanvl = columns('nanvl')
export const nvl = columns('nvl')
export const nvl2 = columns('nvl2')
export const ifnull = columns('ifnull')
export const nullif = columns('nullif')
export const not = columns('not')
export const negate = columns('negative')
export const typeof_ = columns('typeof')
export const raise_error = (message: ColumnOrValue): Column =>
  new Column({ kind: 'call', name: 'raise_error', args: [syntaxOf(message)] })
export const assert_true = columns('assert_true')
export const monotonically_increasing_id = columns('monotonically_increasing_id')
export const spark_partition_id = columns('spark_partition_id')
export const rand = (seed?: number): Column => random('rand', seed)
export const randn = (seed?: number): Column => random('randn', seed)
export const uuid = columns('uuid')

const random = (name: string, seed: number | undefined): Column =>
  new Column({ kind: 'call', name, args: seed === undefined ? [] : [literalSyntax(seed)] })

/** CASE WHEN: `when(a, 1).when(b, 2).otherwise(3)`. */
export class When extends Column {
  private readonly branches: Branches

  constructor(branches: Branches) {
    super({ kind: 'case', branches })
    this.branches = branches
  }

  when(condition: Column, value: ColumnOrValue): When {
    return new When([...this.branches, branch(condition.syntax, syntaxOf(value))])
  }

  otherwise(value: ColumnOrValue): Column {
    return new Column({ kind: 'case', branches: this.branches, otherwise: syntaxOf(value) })
  }
}

type Branches = Extract<Column['syntax'], { kind: 'case' }>['branches']

export const when = (condition: Column, value: ColumnOrValue): When =>
  new When([branch(condition.syntax, syntaxOf(value))])

/** Asks for the frame to be sent to all executors where it is joined. */
export const broadcast = <F extends { hint(name: string): F }>(frame: F): F => frame.hint('broadcast')
