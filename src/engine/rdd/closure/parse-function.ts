import { type AnyNode, parse } from 'acorn'
import { userError } from '../../errors.ts'
import { freeNames } from './free-names.ts'

/** What a function's text says. `text` is an expression that makes it. */
export interface FunctionText {
  readonly text: string
  readonly isClass: boolean
  /** Variables it reads that it does not declare, globals included. */
  readonly free: readonly string[]
  /** Those that it also assigns: the change stays on the executor. */
  readonly assigned: readonly string[]
  /** Characters that `text` puts before the function's own text; for positions. */
  readonly shift: number
  readonly hasPrivate: boolean
  /** The name that a class extends. */
  readonly superName: string | undefined
}

const OPTIONS = { ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: false } as const
const known = new Map<string, FunctionText>()

/** Parses the text of a function as `toString()` gives it. Throws EngineError for what cannot run elsewhere. */
export const parseFunction = (source: string): FunctionText => {
  const before = known.get(source)
  if (before !== undefined) return before
  const made = parseAnew(source)
  if (known.size < 10_000) known.set(source, made)
  return made
}

const tryParse = (text: string): AnyNode | undefined => {
  try {
    const program = parse(text, OPTIONS)
    const statement = program.body[0]
    return statement?.type === 'ExpressionStatement' ? statement.expression : undefined
  } catch {
    return undefined
  }
}

const parseAnew = (source: string): FunctionText => {
  const plain = tryParse(`(${source}\n)`)
  if (plain !== undefined) {
    const isClass = plain.type === 'ClassExpression'
    const superName = isClass && plain.superClass?.type === 'Identifier' ? plain.superClass.name : undefined
    return { text: source, isClass, superName, shift: 0, ...namesOf(plain) }
  }
  const object = tryParse(`({${source}\n})`)
  const property = object?.type === 'ObjectExpression' ? object.properties[0] : undefined
  if (property?.type !== 'Property' || property.value.type !== 'FunctionExpression') {
    throw userError('its text is no function of JavaScript (a native or bound function?): wrap it in an arrow function')
  }
  const { value } = property
  const head = `${value.async ? 'async ' : ''}function${value.generator ? '*' : ''} `
  const body = source.slice(value.start - 2)
  return {
    text: `${head}${body}`,
    isClass: false,
    superName: undefined,
    shift: head.length - (value.start - 2),
    ...namesOf(value),
  }
}

const namesOf = (node: AnyNode): Pick<FunctionText, 'free' | 'assigned' | 'hasPrivate'> => {
  const { free, assigned, hasPrivate, refused } = freeNames(node)
  if (refused !== undefined) throw userError(refused)
  return { free: [...free], assigned: [...assigned].filter((name) => free.has(name)), hasPrivate }
}
