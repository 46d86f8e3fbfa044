import { userError } from '../errors.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { StatementSyntax } from '../sql/statement-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { callSyntax } from '../udf/call-syntax.ts'
import type { FunctionDefinition } from '../udf/user-function.ts'

/** Operators that are calls by name in ExpressionSyntax. */
const OPERATORS = new Set(
  'and or not negative positive isnull isnotnull like ilike rlike between in exists if cast try_cast case'.split(' '),
)

type Call = ExpressionSyntax & { readonly kind: 'call' }
type TableFunction = PlanSyntax & { readonly kind: 'table-function' }

/** Functions of the program by name, for SQL. They go before built-in ones of the same name, as Spark's temporary functions do. */
export class SessionFunctions {
  private readonly known = new Map<string, FunctionDefinition>()

  /** Throws EngineError, kind `user`, for a name that SQL could not call, or that operators are known by. */
  register(name: string, definition: FunctionDefinition): void {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw userError(`${JSON.stringify(name)} cannot be the name of a function`)
    if (OPERATORS.has(name.toLowerCase()))
      throw userError(`${name} is an operator of SQL: register the function under another name`)
    this.known.set(name.toLowerCase(), definition)
  }

  /** A plan or statement with calls of known names as calls of the functions they stand for now; parts without such calls are the same objects. */
  bind<T extends PlanSyntax | StatementSyntax>(plan: T): T {
    if (this.known.size === 0) return plan
    const done = new Map<object, unknown>()
    const visit = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
      if (done.has(value)) return done.get(value)
      const made = this.bindOne(visitParts(value, visit))
      done.set(value, made)
      return made
    }
    return visit(plan) as T
  }

  /** A table function of the program in FROM: the rows of one call. */
  private bindTable(call: TableFunction): PlanSyntax {
    const known = this.known.get(call.name.toLowerCase())
    if (known === undefined) return call
    const at = call.at === undefined ? {} : { at: call.at }
    if (known.shape !== 'table')
      throw new SqlError(
        'UNRESOLVABLE_TABLE_VALUED_FUNCTION',
        `${call.name} gives a value, not rows: call it in SELECT`,
        call.at,
      )
    const rows = callSyntax(known, { kind: 'call', name: call.name, args: call.args, ...at })
    return { kind: 'select', items: [rows], distinct: false, lateralViews: [], windows: {}, ...at }
  }

  private bindOne(value: unknown): unknown {
    const call = value as Call | TableFunction
    if (call.kind === 'table-function') return this.bindTable(call)
    if (call.kind !== 'call') return value
    const known = this.known.get(call.name.toLowerCase())
    if (known === undefined) return value
    return callSyntax(known, call)
  }
}

const visitParts = (value: object, visit: (part: unknown) => unknown): unknown => {
  if (Array.isArray(value)) {
    const made = value.map(visit)
    return made.some((part, index) => part !== value[index]) ? made : value
  }
  let changed = false
  const entries = Object.entries(value).map(([key, part]) => {
    const made = visit(part)
    changed ||= made !== part
    return [key, made] as const
  })
  return changed ? Object.fromEntries(entries) : value
}
