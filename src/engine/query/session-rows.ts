import type { StorageLevel } from '../scheduler/task-body.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { HeldRegistry } from './held-rows.ts'
import { SessionFunctions } from './session-functions.ts'

/** A persisted plan; without `id` its rows are not there yet. */
interface Kept {
  readonly level: StorageLevel
  readonly id: number | undefined
}

/** What a session keeps besides its views: rows the program gave, plans whose result is kept once computed, named functions. */
export class SessionRows {
  readonly held = new HeldRegistry()
  readonly functions = new SessionFunctions()
  private readonly persisted = new Map<PlanSyntax, Kept>()

  /** The next action that needs the plan computes it and keeps the rows. */
  persist(plan: PlanSyntax, level: StorageLevel): void {
    if (!this.persisted.has(plan)) this.persisted.set(plan, { level, id: undefined })
  }

  unpersist(plan: PlanSyntax): void {
    const id = this.persisted.get(plan)?.id
    if (id !== undefined) this.held.letGo(id)
    this.persisted.delete(plan)
  }

  /** The level a plan is persisted at; undefined: it is not. */
  levelOf(plan: PlanSyntax): StorageLevel | undefined {
    return this.persisted.get(plan)?.level
  }

  /** Keeps nothing any more. */
  clear(): void {
    for (const plan of [...this.persisted.keys()]) this.unpersist(plan)
  }

  /** Persisted plans within `plan` (itself included), the innermost first, whose rows are not there yet. */
  missing(plan: PlanSyntax): readonly PlanSyntax[] {
    if (this.persisted.size === 0) return []
    const found: PlanSyntax[] = []
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
      for (const part of Object.values(value)) visit(part)
      const known = value as PlanSyntax
      if (this.persisted.has(known) && this.persisted.get(known)?.id === undefined && !found.includes(known))
        found.push(known)
    }
    visit(plan)
    return found
  }

  /** The plan, reading kept rows in place of what is persisted and there. */
  substituted(plan: PlanSyntax): PlanSyntax {
    if (this.persisted.size === 0) return plan
    const visit = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
      const id = this.persisted.get(value as PlanSyntax)?.id
      if (id !== undefined) return { kind: 'held', id }
      if (Array.isArray(value)) return value.map(visit)
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, visit(part)]))
    }
    return visit(plan) as PlanSyntax
  }

  keep(plan: PlanSyntax, id: number): void {
    const known = this.persisted.get(plan)
    if (known === undefined) this.held.letGo(id)
    else this.persisted.set(plan, { ...known, id })
  }
}
