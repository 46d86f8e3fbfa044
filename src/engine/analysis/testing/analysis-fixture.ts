import { someExpression, subqueryOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../../plan/plan-shape.ts'
import { parseQuery, parseTableSchema } from '../../sql/parse.ts'
import type { PlanSyntax } from '../../sql/syntax.ts'
import type { StructType } from '../../types/data-type.ts'
import { analyze } from '../analyze.ts'
import { checkPlan } from '../check-plan.ts'
import type { AnalysisContext, AnalysisSettings, FoundRelation } from '../context.ts'
import { DEFAULT_SETTINGS } from '../context.ts'

export interface Fixture {
  /** Analysed and checked. */
  readonly plan: (query: string | PlanSyntax) => Promise<LogicalPlan>
  readonly warnings: readonly string[]
  /** The table that a scan reads. */
  readonly tableOf: (scan: LogicalPlan & { readonly kind: 'scan' }) => string
}

export interface FixtureOptions {
  /** Schemas by name, as `a INT, b STRING`. */
  readonly tables: Readonly<Record<string, string>>
  /** SQL by name. */
  readonly views?: Readonly<Record<string, string>>
  readonly settings?: Partial<AnalysisSettings>
}

export const parse = (query: string): PlanSyntax => parseQuery(query, { timeZone: 'UTC' })

export const tableOf = (name: string, schema: StructType): FoundRelation => ({
  kind: 'scan',
  relation: {
    kind: 'held',
    id: [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7),
    files: [],
    bytes: 0,
    rows: undefined,
  },
  columns: schema.fields.map((field) => ({ ...field, source: field.name })),
})

/** An analyzer over tables that exist by schema alone. */
export const openFixture = ({ tables, views = {}, settings = {} }: FixtureOptions): Fixture => {
  const warnings: string[] = []
  const schemas = new Map(Object.entries(tables).map(([name, ddl]) => [name, parseTableSchema(ddl)]))
  const plan = async (query: string | PlanSyntax): Promise<LogicalPlan> => {
    let ids = 0
    const context: AnalysisContext = {
      find: async (name) => {
        const key = name.at(-1)!.toLowerCase()
        const schema = schemas.get(key)
        if (schema) return tableOf(key, schema)
        return views[key] === undefined ? undefined : { kind: 'view', plan: parse(views[key]) }
      },
      openFiles: async () => {
        throw new Error('no files here')
      },
      held: () => undefined,
      udf: () => undefined,
      settings: { ...DEFAULT_SETTINGS, ...settings },
      newId: () => ++ids,
      warn: (message) => warnings.push(message),
    }
    const analyzed = await analyze(typeof query === 'string' ? parse(query) : query, context)
    checkPlan(analyzed)
    return analyzed
  }
  const names = new Map(
    [...schemas].flatMap(([name, schema]) => {
      const found = tableOf(name, schema)
      return found.kind === 'scan' && found.relation.kind === 'held' ? [[found.relation.id, name] as const] : []
    }),
  )
  return {
    plan,
    warnings,
    tableOf: ({ relation }) => (relation.kind === 'held' ? names.get(relation.id)! : relation.source.label),
  }
}

/** All scans of a plan, those in subqueries too. */
export const scansOf = (plan: LogicalPlan): readonly (LogicalPlan & { readonly kind: 'scan' })[] => {
  const inner: LogicalPlan[] = []
  for (const expression of expressionsOf(plan))
    someExpression(expression, (one) => {
      const subquery = subqueryOf(one)
      if (subquery) inner.push(subquery)
      return false
    })
  return [...(plan.kind === 'scan' ? [plan] : []), ...[...inputsOf(plan), ...inner].flatMap(scansOf)]
}
