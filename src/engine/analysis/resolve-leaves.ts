import type { Attribute, Expression } from '../plan/expression.ts'
import type { LogicalPlan, ScanRelation } from '../plan/logical-plan.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { LONG } from '../types/data-type.ts'
import { fromDuckdbType } from '../types/duckdb-type.ts'
import { type Analysis, type Analyzed, type PlanScope, qualified } from './analyzed.ts'
import { ONE_ROW, pass, project } from './build-plan.ts'
import { castToCommon } from './cast-to.ts'
import { constantInteger } from './constant.ts'
import type { SourceColumn } from './context.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { filesOfName } from './load-leaves.ts'
import { attributesOf } from './names.ts'
import { generatorOf, resolveGenerator } from './select-items.ts'
import { quotedName } from './similar-names.ts'
import { withPosition } from './with-position.ts'

type Of<K extends PlanSyntax['kind']> = PlanSyntax & { readonly kind: K }

export const leaf = (syntax: PlanSyntax, plan: LogicalPlan, qualifier: readonly string[]): Analyzed => ({
  syntax,
  plan,
  columns: qualified(plan.output, qualifier),
  hidden: [],
  inputs: [],
  broadcast: false,
})

const DEEPEST = 100

/** A WITH query, a view or a table, or parquet.`path`. Throws TABLE_OR_VIEW_NOT_FOUND. */
export const resolveRelation = (analysis: Analysis, syntax: Of<'relation'>, scope: PlanScope): Analyzed => {
  const { name, at } = syntax
  if (scope.depth > DEEPEST)
    throw new SqlError(
      'VIEW_EXCEED_MAX_NESTED_DEPTH',
      `Views are nested more than ${DEEPEST} deep at ${quotedName(name)}: one names itself`,
      at,
    )
  const table = name.length === 1 ? scope.tables.get(name[0]!.toLowerCase()) : undefined
  if (table) {
    const inner = analysis.plan(table.query, { ...table.scope, hints: [], depth: scope.depth + 1 })
    return { ...aliased(analysis, syntax, inner, table.name, table.columns, at), ...hinted(scope, name) }
  }
  const found = analysis.leaves.relation(scope.find, name)
  if (found?.kind === 'view') {
    const inside: PlanScope = {
      tables: new Map(),
      outer: undefined,
      find: found.find ?? scope.find,
      hints: [],
      depth: scope.depth + 1,
    }
    const inner = analysis.plan(found.plan, inside)
    return { ...aliased(analysis, syntax, inner, name, undefined, at), ...hinted(scope, name) }
  }
  if (found) return { ...scan(analysis, syntax, found.relation, found.columns, name), ...hinted(scope, name) }
  const files = filesOfName(syntax)
  if (files) return { ...resolveFiles(analysis, files), syntax }
  throw new SqlError(
    'TABLE_OR_VIEW_NOT_FOUND',
    `The table or view ${quotedName(name)} cannot be found. Verify the spelling, or create it first`,
    at,
  )
}

/** Whether a BROADCAST hint names the relation; it is then used up. */
export const hinted = (scope: PlanScope, name: readonly string[]): { readonly broadcast: boolean } => {
  const hint = scope.hints.find(
    (one) => one.name === name.at(-1)?.toLowerCase() || one.name === name.join('.').toLowerCase(),
  )
  if (hint) hint.used = true
  return { broadcast: hint !== undefined }
}

/** The relation under another name, and its columns under others. Only what was visible stays reachable. */
export const aliased = (
  analysis: Analysis,
  syntax: PlanSyntax,
  input: Analyzed,
  name: string | readonly string[],
  columns: readonly string[] | undefined,
  at: Span | undefined,
): Analyzed => {
  const qualifier = typeof name === 'string' ? [name] : name
  if (columns && columns.length !== input.columns.length)
    throw new SqlError(
      'ASSIGNMENT_ARITY_MISMATCH',
      `The number of columns or variables assigned or aliased: ${columns.length} does not match the number of source expressions: ${input.columns.length}`,
      at,
    )
  const { newId } = analysis.context
  if (!columns) {
    const renamed = input.columns.map((column) => ({ ...column, qualifier }))
    return { syntax, plan: input.plan, columns: renamed, hidden: [], inputs: [input], broadcast: input.broadcast }
  }
  const items = input.columns.map(({ attribute }, index) => ({
    attribute: { ...attribute, id: newId(), name: columns[index]! },
    expression: attribute,
  }))
  const plan = project(input.plan, items)
  return {
    syntax,
    plan,
    columns: qualified(plan.output, qualifier),
    hidden: [],
    inputs: [input],
    broadcast: input.broadcast,
  }
}

const scan = (
  analysis: Analysis,
  syntax: PlanSyntax,
  relation: ScanRelation,
  columns: readonly SourceColumn[],
  qualifier: readonly string[],
): Analyzed => {
  const { newId } = analysis.context
  const output = columns.map(
    ({ name, type, nullable }): Attribute => ({ kind: 'attribute', id: newId(), name, type, nullable }),
  )
  const plan: LogicalPlan = {
    kind: 'scan',
    relation,
    columns: columns.map(({ source }) => source),
    filters: [],
    output,
  }
  return leaf(syntax, plan, qualifier)
}

export const resolveFiles = (analysis: Analysis, syntax: Of<'files'>): Analyzed => {
  const source = analysis.leaves.files(syntax)
  const columns = source.columns.map(({ name, type }): SourceColumn => {
    const read = withPosition(syntax.at, () => fromDuckdbType(type))
    return { source: name, name, type: read.type, nullable: true }
  })
  return scan(analysis, syntax, { kind: 'files', source }, columns, [])
}

export const resolveHeld = (analysis: Analysis, syntax: Of<'held'>): Analyzed => {
  const held = analysis.context.held(syntax.id)
  if (!held)
    throw new SqlError('TABLE_OR_VIEW_NOT_FOUND', `The rows ${syntax.id} are no longer held by this session`, syntax.at)
  const columns = held.schema.fields.map((field, index): SourceColumn => ({ ...field, source: `c${index}` }))
  return scan(analysis, syntax, held.relation, columns, [])
}

export const resolveRange = (
  analysis: Analysis,
  { start, end, step, partitions }: Of<'range'>,
  syntax: PlanSyntax,
): Analyzed => {
  if (step === 0n) throw new SqlError('INVALID_PARAMETER_VALUE', 'The step of a range cannot be 0', syntax.at)
  const output: readonly Attribute[] = [
    { kind: 'attribute', id: analysis.context.newId(), name: 'id', type: LONG, nullable: false },
  ]
  return leaf(syntax, { kind: 'range', start, end, step, partitions, output }, [])
}

export const resolveValues = (analysis: Analysis, syntax: Of<'values'>, scope: PlanScope): Analyzed => {
  const context = rowContext(analysis, scope, levelOf(analysis, [], scope.outer), 'VALUES')
  const width = syntax.rows[0]?.length ?? 0
  if (syntax.rows.some((row) => row.length !== width))
    throw new SqlError(
      'INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH',
      `Every row of VALUES must have ${width} values, as the first has`,
      syntax.at,
    )
  const rows = syntax.rows.map((row) => row.map((value) => analysis.expression(value, context)))
  const columns = Array.from({ length: width }, (_, index) =>
    castToCommon(
      rows.map((row) => row[index]!),
      `Column ${index + 1} of VALUES`,
      analysis.context.settings,
      syntax.at,
    ),
  )
  const output = columns.map(
    (column, index): Attribute => ({
      kind: 'attribute',
      id: analysis.context.newId(),
      name: `col${index + 1}`,
      type: column[0]!.type,
      nullable: column.some(({ nullable }) => nullable),
    }),
  )
  const typed = rows.map((_, row): readonly Expression[] => columns.map((column) => column[row]!))
  return leaf(syntax, { kind: 'values', rows: typed, output }, [])
}

/** range(…) and generators in FROM. */
export const resolveTableFunction = (analysis: Analysis, syntax: Of<'table-function'>, scope: PlanScope): Analyzed => {
  const { name, args, at } = syntax
  const context = rowContext(analysis, scope, levelOf(analysis, [], scope.outer), `the arguments of ${name}`)
  if (name.toLowerCase() === 'range') {
    const numbers = args.map((arg) => {
      const value = constantInteger(analysis.expression(arg, context))
      if (value === undefined || value === null)
        throw new SqlError(
          'UNRESOLVABLE_TABLE_VALUED_FUNCTION',
          'range takes whole numbers that are constant',
          arg.at ?? at,
        )
      return value
    })
    const [a, b, step, partitions] = numbers
    if (a === undefined || numbers.length > 4)
      throw new SqlError(
        'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
        'range takes from 1 to 4 arguments: range(end), range(start, end[, step[, partitions]])',
        at,
      )
    return resolveRange(
      analysis,
      {
        kind: 'range',
        start: b === undefined ? 0n : a,
        end: b ?? a,
        step: step ?? 1n,
        ...(partitions === undefined ? {} : { partitions: Number(partitions) }),
      },
      syntax,
    )
  }
  const call = generatorOf({ kind: 'call', name: name.toLowerCase(), args, ...(at ? { at } : {}) })
  if (!call)
    throw new SqlError('UNRESOLVABLE_TABLE_VALUED_FUNCTION', `Could not resolve ${name} to a table-valued function`, at)
  const { call: generator, outer, generated } = resolveGenerator(call, [], false, context)
  const plan: LogicalPlan = { kind: 'generate', input: ONE_ROW, generator, outer, generated, output: generated }
  return leaf(syntax, plan, [])
}

/** The relation with just its visible columns, each with an id of its own. */
export const visible = (input: Analyzed): LogicalPlan => {
  const wanted = attributesOf(input.columns)
  const { output } = input.plan
  if (
    output.length === wanted.length &&
    output.every(({ id, name }, index) => id === wanted[index]?.id && name === wanted[index]?.name)
  )
    return input.plan
  return project(input.plan, wanted.map(pass))
}
