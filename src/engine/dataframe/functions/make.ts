import type { ExpressionSyntax } from '../../sql/syntax.ts'
import { Column, type ColumnOrName, type ColumnOrValue, columnSyntax, syntaxOf } from '../column.ts'

/** A function all of whose arguments are columns (texts are names of columns). */
export const columns =
  (name: string) =>
  (...of: readonly ColumnOrName[]): Column =>
    new Column({ kind: 'call', name, args: of.map(columnSyntax) })

/** A function of a column and constants: texts after the first argument are texts. */
export const columnAndValues =
  (name: string) =>
  (of: ColumnOrName, ...values: readonly ColumnOrValue[]): Column =>
    new Column({ kind: 'call', name, args: [columnSyntax(of), ...values.map(syntaxOf)] })

/** A function whose arguments are all constants, where they are no Column. */
export const values =
  (name: string) =>
  (...of: readonly ColumnOrValue[]): Column =>
    new Column({ kind: 'call', name, args: of.map(syntaxOf) })

/** sum(DISTINCT x) and its kin. */
export const distinct =
  (name: string) =>
  (...of: readonly ColumnOrName[]): Column =>
    new Column({ kind: 'call', name, args: of.map(columnSyntax), distinct: true })

export type Lambda1 = (x: Column) => Column
export type Lambda2 = (x: Column, y: Column) => Column
export type Lambda3 = (x: Column, y: Column, z: Column) => Column

/** Names that no lambda around this one can have used. */
let depth = 0

/** A lambda of the program becomes one of the plan: it is called once, with columns that stand for its parameters. */
export const lambda = (body: Lambda1 | Lambda2 | Lambda3): ExpressionSyntax => {
  depth += 1
  try {
    const parameters = ['x', 'y', 'z'].slice(0, Math.max(1, body.length)).map((name) => `${name}_${depth}`)
    const [x, y, z] = parameters.map((name) => new Column({ kind: 'name', parts: [name] }))
    return { kind: 'lambda', parameters, body: body(x as Column, y as Column, z as Column).syntax }
  } finally {
    depth -= 1
  }
}

export const higherOrder = (name: string, of: readonly ColumnOrName[], ...rest: readonly ExpressionSyntax[]): Column =>
  new Column({ kind: 'call', name, args: [...of.map(columnSyntax), ...rest] })
