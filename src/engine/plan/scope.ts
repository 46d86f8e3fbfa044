import type { ColumnType } from '../duckdb/database.ts'
import { type Expression, isObject, type JsonObject, type TableRef } from '../sql/ast.ts'
import { canonicalText, rewrite } from '../sql/rewrite.ts'
import { Refusal } from './refusal.ts'

/** The tables a SELECT's names are looked up in. All names in lower case. */
export interface Scope {
  readonly tables: readonly { readonly alias: string; readonly columns: ReadonlySet<string> }[]
}

/** Reads the scope of a FROM tree; `describe` tells a table's columns. Throws Refusal where that cannot be told. */
export const scopeOf = async (
  from: TableRef,
  describe: (ref: TableRef) => Promise<readonly ColumnType[]>,
): Promise<Scope> => {
  const tables: { alias: string; columns: ReadonlySet<string> }[] = []
  const visit = async (ref: TableRef): Promise<void> => {
    if (ref.type === 'EMPTY') return
    if (ref.type === 'JOIN') {
      await visit(ref.left as TableRef)
      await visit(ref.right as TableRef)
      return
    }
    let columns: readonly ColumnType[]
    try {
      columns = await describe(ref)
    } catch (error) {
      throw new Refusal('a FROM item that depends on another one', { cause: error })
    }
    const alias = String(ref.alias || ref.table_name || '').toLowerCase()
    tables.push({ alias, columns: new Set(columns.map(({ name }) => name.toLowerCase())) })
  }
  await visit(from)
  return { tables }
}

export const namesOf = (part: JsonObject): readonly string[] =>
  part.class === 'COLUMN_REF' ? (part.column_names as readonly string[]).map((name) => name.toLowerCase()) : []

export const isColumnName = (scope: Scope, name: string): boolean =>
  scope.tables.some(({ columns }) => columns.has(name.toLowerCase()))

/** `a` becomes `t.a` where exactly one table has it; only to compare expressions, never to run them. */
export const qualifiedText = (scope: Scope, expression: Expression): string =>
  canonicalText(
    rewrite(expression, (part) => {
      const names = namesOf(part)
      if (names.length !== 1) return undefined
      const owners = scope.tables.filter(({ columns }) => columns.has(names[0]!))
      const owner = owners.length === 1 ? owners[0] : undefined
      if (owner === undefined || owner.alias === '' || isColumnName(scope, owner.alias)) return undefined
      return { ...part, column_names: [owner.alias, names[0]!] }
    }),
  )

/** Aliases of a SELECT list, each with what it stands for. */
export const aliasesOf = (items: readonly Expression[]): ReadonlyMap<string, Expression> => {
  const found = new Map<string, Expression>()
  for (const item of items)
    if (item.alias !== '' && !found.has(item.alias.toLowerCase())) found.set(item.alias.toLowerCase(), item)
  return found
}

/**
 * Puts what aliases of the SELECT list stand for in place of them. A name that is both a column and an alias of
 * something else is refused: which one is meant depends on the clause.
 */
export const expandAliases = (
  scope: Scope,
  aliases: ReadonlyMap<string, Expression>,
  expression: Expression,
): Expression => {
  const expand = (tree: Expression, seen: readonly string[]): Expression =>
    rewrite(tree, (part) => {
      if (part.class === 'SUBQUERY' && isObject(part.subquery)) return undefined
      const names = namesOf(part)
      const [name] = names
      if (names.length !== 1 || name === undefined) return undefined
      const meant = aliases.get(name)
      if (meant === undefined) return undefined
      if (isColumnName(scope, name)) {
        if (namesOf(meant).at(-1) === name) return undefined
        throw new Refusal(`the name ${name} is a column and an alias of something else`)
      }
      if (seen.includes(name)) return undefined
      return { ...expand(meant, [...seen, name]), alias: '' }
    })
  return expand(expression, [])
}
