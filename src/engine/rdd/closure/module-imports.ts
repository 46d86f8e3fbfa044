import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parse } from 'acorn'

/** `import { imported as local } from specifier`; `*` is the whole module. */
export interface ImportedBinding {
  readonly specifier: string
  readonly imported: string
}

export interface ModuleFacts {
  readonly imports: ReadonlyMap<string, ImportedBinding>
  /** Exported names of what the module itself declares, by its name there. */
  readonly exports: ReadonlyMap<string, string>
}

const NOTHING: ModuleFacts = { imports: new Map(), exports: new Map() }
const known = new Map<string, ModuleFacts>()

/** The imports and exports of a module by its URL; nothing where it is no file that can be read and parsed. */
export const moduleFacts = (url: string): ModuleFacts => {
  const before = known.get(url)
  if (before !== undefined) return before
  const facts = url.startsWith('file:') ? readFacts(fileURLToPath(url)) : NOTHING
  known.set(url, facts)
  return facts
}

const readFacts = (path: string): ModuleFacts => {
  try {
    const source = readFileSync(path, 'utf8')
    return factsOf(/\.m?ts$/.test(path) ? quietly(() => stripTypeScriptTypes(source)) : source)
  } catch {
    return NOTHING
  }
}

/** Node warns that the function is young; whoever runs TypeScript programs with it uses the same code anyway. */
const quietly = (work: () => string): string => {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}

const nameOf = (node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string =>
  node.type === 'Identifier' ? (node.name ?? '') : String(node.value)

export const factsOf = (source: string): ModuleFacts => {
  const imports = new Map<string, ImportedBinding>()
  const exports = new Map<string, string>()
  const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      const specifier = String(node.source.value)
      for (const each of node.specifiers) {
        const imported =
          each.type === 'ImportSpecifier'
            ? nameOf(each.imported)
            : each.type === 'ImportDefaultSpecifier'
              ? 'default'
              : '*'
        imports.set(each.local.name, { specifier, imported })
      }
    } else if (node.type === 'ExportNamedDeclaration' && !node.source) {
      const declaration = node.declaration
      if (declaration?.type === 'VariableDeclaration') {
        for (const each of declaration.declarations)
          if (each.id.type === 'Identifier') exports.set(each.id.name, each.id.name)
      } else if (declaration) exports.set(declaration.id.name, declaration.id.name)
      for (const each of node.specifiers) exports.set(nameOf(each.local), nameOf(each.exported))
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node
      const id = 'id' in declaration ? declaration.id : undefined
      if (declaration.type === 'Identifier') exports.set(declaration.name, 'default')
      else if (id && id.type === 'Identifier') exports.set(id.name, 'default')
    }
  }
  return { imports, exports }
}
