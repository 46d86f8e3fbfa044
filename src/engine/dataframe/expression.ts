import type { Logical } from './logical.ts'

/** What a Column stands for; pure data, compiled to SQL when an action runs. */
export type ColumnNode =
  /** `frame`: the DataFrame the column was taken from (df.col), so that joins can tell equal names apart. */
  | { readonly kind: 'name'; readonly name: string; readonly frame?: Logical }
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'sql'; readonly text: string }
  /** SQL text between its arguments: `parts[0] args[0] parts[1] …`. */
  | {
      readonly kind: 'call'
      readonly label: string
      readonly parts: readonly string[]
      readonly args: readonly ColumnNode[]
    }
  | { readonly kind: 'alias'; readonly child: ColumnNode; readonly name: string }
  | {
      readonly kind: 'order'
      readonly child: ColumnNode
      readonly descending: boolean
      readonly nullsFirst: boolean
    }

export type Literal = string | number | bigint | boolean | Date | null

/** What a column is called when nobody names it, in Spark's style: `sum(x)`, `(a + b)`. */
export const labelOf = (node: ColumnNode): string => {
  switch (node.kind) {
    case 'name':
      return partsOfName(node.name).at(-1) ?? node.name
    case 'literal':
      return node.value === null ? 'NULL' : node.value instanceof Date ? node.value.toISOString() : String(node.value)
    case 'sql':
      return node.text
    case 'call':
      return node.label
    case 'alias':
      return node.name
    case 'order':
      return labelOf(node.child)
  }
}

/** `a.b` is b of a; backticks hold a name with a dot together. */
export const partsOfName = (name: string): readonly string[] =>
  [...name.matchAll(/`((?:[^`]|``)+)`|([^.`]+)/g)].map((match) => match[1]?.replaceAll('``', '`') ?? match[2] ?? '')
