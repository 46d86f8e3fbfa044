import { createHash, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parse } from 'acorn'
import { messageOf, userError } from '../errors.ts'
import { parseFunction } from '../rdd/closure/parse-function.ts'
import type { ShippedNode, ShippedValue } from '../rdd/closure/shipped.ts'
import { Shipper } from '../rdd/closure/shipper.ts'
import type { ShippedFunction } from './shipped-function.ts'
import { definitionOf, type FunctionDefinition, refuseShared, type ScalarFunction } from './user-function.ts'

/** The functions that one query calls, each shipped when it is first needed: all its tasks see the same values. */
export class QueryFunctions {
  private readonly shipped = new Map<number, ShippedFunction>()
  private readonly scratchPath: (name: string) => string
  private readonly written: string[] = []

  /** `scratchPath`: a path of the driver for a file of that name. */
  constructor(scratchPath: (name: string) => string) {
    this.scratchPath = scratchPath
  }

  /** SQL of a call. Throws EngineError for a captured value that cannot be sent. */
  call(id: number, args: readonly string[]): string {
    const known = this.shipped.get(id) ?? this.filed(ship(id))
    this.shipped.set(id, known)
    return `${known.sqlName}(${args.join(', ')})`
  }

  /** Files that the functions lie in; they are the caller's to delete when no task runs any more. */
  get files(): readonly string[] {
    return this.written
  }

  private filed(shipped: ShippedFunction): ShippedFunction {
    const text = JSON.stringify(shipped.closures)
    if (text.length <= LARGE) return shipped
    const path = this.scratchPath(`${shipped.sqlName}-${randomUUID()}.json`)
    writeFileSync(path, text)
    this.written.push(path)
    return { ...shipped, closures: { token: `@@${shipped.sqlName.replace('udf', 'closures')}@@`, path } }
  }

  /** Those that `sql` may call. */
  within(sql: string): readonly ShippedFunction[] {
    return [...this.shipped.values()].filter(({ sqlName }) => sql.includes(sqlName))
  }
}

/** Characters of closures that go with each task. */
const LARGE = 2 ** 16

const ship = (id: number): ShippedFunction => {
  const known = definitionOf(id)
  if (known === undefined) throw userError(`there is no function ${id} in this process`)
  return shipFunction(known)
}

/** Takes the values of captured variables as they are now. Throws EngineError, kind `user`. */
export const shipFunction = ({ fn, name, type, deterministic, shape }: FunctionDefinition): ShippedFunction => {
  const shipper = new Shipper({ warn: () => {}, moment: 'action' })
  const root = shipper.ship(fn, `udf ${name}`)
  refuseShared(shipper, name)
  const closures = shipper.nodes
  const rest = { name, type, deterministic, shape, closures, function: root }
  const hash = createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 24)
  return { ...rest, sqlName: `bellows_udf_${hash}`, parameters: parametersOf(fn), site: siteOf(closures, root) }
}

const siteOf = (closures: readonly ShippedNode[], root: ShippedValue): string => {
  const node = typeof root === 'object' && root !== null && 'r' in root ? closures[root.r] : undefined
  if (node?.k !== 'function' || node.url === '') return ''
  return `${node.url.split('/').at(-1)}:${node.line + 1}`
}

const parametersOf = (fn: ScalarFunction): readonly string[] => {
  try {
    const statement = parse(`(${parseFunction(String(fn)).text}\n)`, { ecmaVersion: 'latest', sourceType: 'module' })
      .body[0]
    const made = statement?.type === 'ExpressionStatement' ? statement.expression : undefined
    if (made?.type !== 'ArrowFunctionExpression' && made?.type !== 'FunctionExpression') return []
    return made.params.flatMap((each) => {
      const target = each.type === 'AssignmentPattern' ? each.left : each
      return target.type === 'Identifier' ? [target.name] : ['']
    })
  } catch (error) {
    // Functions of Node, like Math.max, have no text; whatever else is wrong was refused before.
    if (/no function of JavaScript|native/.test(messageOf(error))) return []
    throw error
  }
}
