import type { Attribute, Expression, Named, NewId } from '../plan/expression.ts'
import { someExpression } from '../plan/expression-tree.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { WindowCall } from './analyzed.ts'
import { expressionKey, orderKey } from './expression-key.ts'

export interface PendingWindow extends WindowCall {
  readonly attribute: Attribute
}

/** The aggregates and window functions that a SELECT needs below its list, each once; they grow while its parts are resolved. */
export interface SelectParts {
  readonly aggregates: () => readonly Named[]
  readonly windows: () => readonly PendingWindow[]
  readonly aggregate: (aggregate: Expression, name: string, at: Span | undefined) => Expression
  readonly window: (window: WindowCall, at: Span | undefined) => Expression
  readonly isAggregate: (expression: Expression) => boolean
  readonly isWindow: (expression: Expression) => boolean
}

export const selectParts = (newId: NewId, isAlias: (expression: Expression) => boolean): SelectParts => {
  const aggregates = new Map<string, Named>()
  const windows = new Map<string, PendingWindow>()
  const ids = { aggregates: new Set<number>(), windows: new Set<number>() }
  const isWindow = (expression: Expression): boolean =>
    someExpression(expression, (inner) => inner.kind === 'attribute' && ids.windows.has(inner.id))
  const attributeOf = (name: string, { type, nullable }: Expression): Attribute => ({
    kind: 'attribute',
    id: newId(),
    name,
    type,
    nullable,
  })
  return {
    aggregates: () => [...aggregates.values()],
    windows: () => [...windows.values()],
    aggregate: (expression, name, at) => {
      if (someExpression(expression, isAlias))
        throw new SqlError(
          'UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC',
          `${name} names an alias of the same select list; repeat its expression, or use a subquery`,
          at,
        )
      const key = expressionKey(expression)
      const known = aggregates.get(key)
      if (known) return { ...known.attribute }
      const attribute = attributeOf(name, expression)
      ids.aggregates.add(attribute.id)
      aggregates.set(key, { attribute, expression })
      return { ...attribute }
    },
    window: (window, at) => {
      const inside = [window.expression, ...window.partitionBy, ...window.orderBy.map(({ expression }) => expression)]
      if (inside.some(isWindow))
        throw new SqlError(
          'UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW',
          `${window.name} names an alias of another window function; use a subquery`,
          at,
        )
      const key = `${expressionKey(window.expression)} ${specificationKey(window)}`
      const known = windows.get(key)
      if (known) return { ...known.attribute }
      const attribute = attributeOf(window.name, window.expression)
      ids.windows.add(attribute.id)
      windows.set(key, { ...window, attribute })
      return { ...attribute }
    },
    isAggregate: (expression) =>
      someExpression(expression, (inner) => inner.kind === 'attribute' && ids.aggregates.has(inner.id)),
    isWindow,
  }
}

/** Windows with equal keys go into one node. */
export const specificationKey = ({ partitionBy, orderBy }: Pick<WindowCall, 'partitionBy' | 'orderBy'>): string =>
  `${partitionBy.map((one) => expressionKey(one)).join(',')} order ${orderKey(orderBy)}`
