import type { Expression } from '../plan/expression.ts'

/**
 * Where an aggregate or window function is called. Its `emit` gets, after the SQL of its arguments, two more texts: what
 * stands last inside the parentheses (ORDER BY …, IGNORE NULLS) and what stands behind them (FILTER (…), OVER (…)).
 */
export interface CallSite {
  readonly args: readonly string[]
  readonly distinct: boolean
  readonly inside: string
  readonly after: string
}

export const callSite = (texts: readonly string[], call: Expression): CallSite => ({
  args: texts.slice(0, -2),
  distinct: call.kind === 'aggregate' && call.distinct,
  inside: texts.at(-2) ?? '',
  after: texts.at(-1) ?? '',
})

/** name(DISTINCT args ORDER BY …) FILTER (…) OVER (…) */
export const invoke = (name: string, args: readonly string[], site: CallSite): string =>
  `${name}(${site.distinct ? 'DISTINCT ' : ''}${args.join(', ')}${site.inside})${site.after}`
