import { userError } from '../errors.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { sqlFault } from './sql-fault.ts'

/** The text that a plan was parsed from: places in errors count in it. */
const texts = new WeakMap<PlanSyntax, string>()

export const rememberText = (plan: PlanSyntax, text: string): PlanSyntax => {
  texts.set(plan, text)
  return plan
}

/** An SqlError for whoever wrote the plan: with its place where it is certain which text it counts in. Others pass. */
export const planFault = (error: unknown, plan: PlanSyntax): unknown => {
  if (!(error instanceof SqlError)) return error
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    const text = texts.get(value as PlanSyntax)
    if (text !== undefined) found.add(text)
    for (const part of Object.values(value)) visit(part)
  }
  visit(plan)
  const [text] = found
  if (found.size === 1 && text !== undefined && error.at !== undefined) return sqlFault(error, text)
  return userError(`[${error.condition}] ${error.message}`, error)
}
