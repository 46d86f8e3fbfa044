import type { AnyNode } from 'acorn'

export interface Names {
  readonly free: ReadonlySet<string>
  readonly assigned: ReadonlySet<string>
  readonly hasPrivate: boolean
  /** Why the function cannot run elsewhere, as its text alone says. */
  readonly refused: string | undefined
}

type Scope = Set<string>
type Children = Record<string, unknown>

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

const children = (node: AnyNode): AnyNode[] =>
  Object.values(node as unknown as Children).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  )

/** The names that a pattern declares. */
const declaredBy = (pattern: AnyNode, into: Scope): void => {
  switch (pattern.type) {
    case 'Identifier':
      into.add(pattern.name)
      return
    case 'ObjectPattern':
      for (const each of pattern.properties) declaredBy(each.type === 'RestElement' ? each.argument : each.value, into)
      return
    case 'ArrayPattern':
      for (const each of pattern.elements) if (each !== null) declaredBy(each, into)
      return
    case 'AssignmentPattern':
      declaredBy(pattern.left, into)
      return
    case 'RestElement':
      declaredBy(pattern.argument, into)
      return
  }
}

const isFunction = (node: AnyNode): boolean =>
  node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration' || node.type === 'ArrowFunctionExpression'

/** `var` of a function's body, wherever it stands; not those of functions within. */
const hoisted = (node: AnyNode, into: Scope): void => {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const each of node.declarations) declaredBy(each.id, into)
  }
  for (const child of children(node)) if (!isFunction(child)) hoisted(child, into)
}

/** let, const, class and function of one block. */
const lexical = (statements: readonly AnyNode[], into: Scope): void => {
  for (const each of statements) {
    if (each.type === 'VariableDeclaration' && each.kind !== 'var') {
      for (const one of each.declarations) declaredBy(one.id, into)
    } else if ((each.type === 'FunctionDeclaration' || each.type === 'ClassDeclaration') && each.id) {
      into.add(each.id.name)
    }
  }
}

class Walker {
  readonly free = new Set<string>()
  readonly assigned = new Set<string>()
  hasPrivate = false
  refused: string | undefined
  private readonly scopes: Scope[] = []
  /** Functions around, within the text, that have a `this` of their own. */
  private ownThis = 0
  private classes = 0

  private refer(name: string): void {
    if (this.scopes.some((scope) => scope.has(name))) return
    if (name === 'arguments' && this.ownThis > 0) return
    if (name === 'arguments')
      this.refuse('it uses `arguments` of the function around it: take what you need into a const before')
    if (name === 'eval') this.refuse('it calls eval, so nobody can say which variables it uses')
    this.free.add(name)
  }

  private refuse(why: string): void {
    this.refused ??= why
  }

  private within(scope: Scope, work: () => void): void {
    this.scopes.push(scope)
    work()
    this.scopes.pop()
  }

  private targets(node: AnyNode): void {
    const names = new Set<string>()
    declaredBy(node, names)
    for (const name of names) if (!this.scopes.some((scope) => scope.has(name))) this.assigned.add(name)
  }

  private all(nodes: readonly (AnyNode | null | undefined)[]): void {
    for (const node of nodes) if (node) this.walk(node)
  }

  walk(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        this.refer(node.name)
        return
      case 'ThisExpression':
        if (this.ownThis === 0) {
          this.refuse('it uses `this` of the function around it: take what you need into a const before, and use that')
        }
        return
      case 'Super':
        if (this.classes === 0) this.refuse('it uses `super`, which means nothing outside its class')
        return
      case 'MetaProperty':
        if (node.meta.name === 'import') this.refuse('it uses import.meta, which is another one on an executor')
        return
      case 'ImportExpression':
        this.refuse('it calls import(): import the module at the top of the program, and use the name')
        return
      case 'PrivateIdentifier':
        this.hasPrivate = true
        return
      case 'FunctionExpression':
      case 'FunctionDeclaration':
      case 'ArrowFunctionExpression':
        this.function(node)
        return
      case 'ClassExpression':
      case 'ClassDeclaration':
        this.class(node)
        return
      case 'BlockStatement':
      case 'StaticBlock': {
        const scope: Scope = new Set()
        if (node.type === 'StaticBlock') hoisted(node, scope)
        lexical(node.body, scope)
        this.within(scope, () => this.all(node.body))
        return
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        const scope: Scope = new Set()
        const head = node.type === 'ForStatement' ? node.init : node.left
        if (head) lexical([head], scope)
        if (head && node.type !== 'ForStatement' && head.type !== 'VariableDeclaration') this.targets(head)
        this.within(scope, () => this.all(children(node)))
        return
      }
      case 'SwitchStatement': {
        const scope: Scope = new Set()
        lexical(
          node.cases.flatMap((each) => each.consequent),
          scope,
        )
        this.walk(node.discriminant)
        this.within(scope, () => this.all(node.cases))
        return
      }
      case 'CatchClause': {
        const scope: Scope = new Set()
        if (node.param) declaredBy(node.param, scope)
        this.within(scope, () => this.all(children(node)))
        return
      }
      case 'MemberExpression':
        this.walk(node.object)
        if (node.computed || node.property.type === 'PrivateIdentifier') this.walk(node.property)
        return
      case 'Property':
        if (node.computed) this.walk(node.key)
        this.walk(node.value)
        return
      case 'AssignmentExpression':
        this.targets(node.left)
        this.all([node.left, node.right])
        return
      case 'UpdateExpression':
        this.targets(node.argument)
        this.walk(node.argument)
        return
      case 'LabeledStatement':
        this.walk(node.body)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      default:
        this.all(children(node))
        return
    }
  }

  private function(
    node: AnyNode & { type: 'FunctionExpression' | 'FunctionDeclaration' | 'ArrowFunctionExpression' },
  ): void {
    const scope: Scope = new Set()
    for (const each of node.params) declaredBy(each, scope)
    if (node.type === 'FunctionExpression' && node.id) scope.add(node.id.name)
    hoisted(node.body, scope)
    const own = node.type === 'ArrowFunctionExpression' ? 0 : 1
    this.ownThis += own
    this.within(scope, () => this.all([...node.params, node.body]))
    this.ownThis -= own
  }

  private class(node: AnyNode & { type: 'ClassExpression' | 'ClassDeclaration' }): void {
    const scope: Scope = new Set(node.id ? [node.id.name] : [])
    this.within(scope, () => {
      if (node.superClass) this.walk(node.superClass)
      this.classes++
      for (const member of node.body.body) {
        if (member.type === 'StaticBlock') {
          this.ownThis++
          this.walk(member)
          this.ownThis--
          continue
        }
        if (member.computed || member.key.type === 'PrivateIdentifier') this.walk(member.key)
        this.ownThis++
        if (member.value) this.walk(member.value)
        this.ownThis--
      }
      this.classes--
    })
  }
}

/** The free variables of a function's or class's syntax tree. */
export const freeNames = (node: AnyNode): Names => {
  const walker = new Walker()
  walker.walk(node)
  return walker
}
