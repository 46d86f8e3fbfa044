import { NAMED_BY_PATH } from '../sources/file-format.ts'
import type { FileSource } from '../sources/file-source.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { AnalysisContext, FindRelation, FoundRelation } from './context.ts'

/** What the relations and files in a plan are, found before the analysis, which then does no I/O. */
export interface Leaves {
  readonly relation: (find: FindRelation, name: readonly string[]) => FoundRelation | undefined
  readonly files: (syntax: FilesSyntax) => FileSource
}

type FilesSyntax = PlanSyntax & { readonly kind: 'files' }
type RelationSyntax = PlanSyntax & { readonly kind: 'relation' }

const DEEPEST_VIEW = 100

/** parquet.`/path` names files. */
export const filesOfName = ({ name, options, at }: RelationSyntax): FilesSyntax | undefined => {
  const [format, path] = name
  if (name.length !== 2 || !NAMED_BY_PATH.some((known) => known === format?.toLowerCase())) return undefined
  return {
    kind: 'files',
    format: format!.toLowerCase(),
    paths: [path!],
    options: options ?? {},
    ...(at ? { at } : {}),
  }
}

const filesKey = ({ format, paths, options, schema }: FilesSyntax): string =>
  JSON.stringify([format, paths, options, schema])

/** Looks up and opens everything that `plan` reads, the views in it included; each file and name once. */
export const loadLeaves = async (plan: PlanSyntax, context: AnalysisContext): Promise<Leaves> => {
  const relations = new Map<FindRelation, Map<string, FoundRelation | undefined>>()
  const files = new Map<string, FileSource>()
  const pending = [...leavesOf(plan, context.find, 0)]
  for (let leaf = pending.shift(); leaf !== undefined; leaf = pending.shift()) {
    const { syntax, find, depth } = leaf
    let toOpen = syntax.kind === 'files' ? syntax : undefined
    if (syntax.kind === 'relation') {
      const known = relations.get(find) ?? new Map<string, FoundRelation | undefined>()
      relations.set(find, known)
      const key = JSON.stringify(syntax.name)
      if (!known.has(key)) {
        const found = await find(syntax.name)
        known.set(key, found)
        if (found?.kind === 'view' && depth < DEEPEST_VIEW)
          pending.push(...leavesOf(found.plan, found.find ?? find, depth + 1))
      }
      if (known.get(key) === undefined) toOpen = filesOfName(syntax)
    }
    if (toOpen && !files.has(filesKey(toOpen))) files.set(filesKey(toOpen), await context.openFiles(toOpen))
  }
  return {
    relation: (find, name) => relations.get(find)?.get(JSON.stringify(name)),
    files: (syntax) => files.get(filesKey(syntax))!,
  }
}

interface Leaf {
  readonly syntax: FilesSyntax | RelationSyntax
  readonly find: FindRelation
  readonly depth: number
}

/** The files and relations that a plan names, WITH queries left out. */
const leavesOf = (plan: PlanSyntax, find: FindRelation, depth: number): readonly Leaf[] => {
  const leaves: Leaf[] = []
  const visit = (node: unknown, tables: ReadonlySet<string>): void => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return
    if (Array.isArray(node)) {
      for (const item of node) visit(item, tables)
      return
    }
    const syntax = node as PlanSyntax
    switch (syntax.kind) {
      case 'relation':
        if (syntax.name.length !== 1 || !tables.has(syntax.name[0]!.toLowerCase())) leaves.push({ syntax, find, depth })
        return
      case 'files':
        leaves.push({ syntax, find, depth })
        return
      case 'with': {
        const inside = new Set(tables)
        for (const { name, query } of syntax.queries) {
          visit(query, syntax.recursive ? new Set([...inside, name.toLowerCase()]) : new Set(inside))
          inside.add(name.toLowerCase())
        }
        visit(syntax.input, inside)
        return
      }
      default:
        // `of` points at a DataFrame that is an input already; types hold no relations.
        for (const [key, value] of Object.entries(node))
          if (key !== 'of' && key !== 'type' && key !== 'at') visit(value, tables)
    }
  }
  visit(plan, new Set())
  return leaves
}
