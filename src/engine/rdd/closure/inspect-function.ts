import { Session } from 'node:inspector'
import { getCallSites } from 'node:util'

/** What only the virtual machine knows of a function. */
export interface FunctionFacts {
  /** The URL of the script that it was written in; '' where nobody can say. */
  readonly url: string
  /** Zero-based place of its first character. */
  readonly line: number
  readonly column: number
  /** The variables around it, innermost first, globals left out. Reading them ran no code of the program. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[]
}

interface Remote {
  readonly objectId: string
  readonly value?: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}

interface Property {
  readonly name: string
  readonly value?: Remote
}

const GROUP = 'bellows-closure'
const KEY = Symbol.for('bellows.closure')

/** The in-process inspector: its answers come before `post` returns. */
class Inspector {
  private readonly session = new Session()
  private readonly holder: { fn?: unknown; scopes?: Readonly<Record<string, unknown>>[] } = {}
  private readonly holderId: string
  private readonly urls = new Map<string, string>()

  constructor() {
    this.session.connect()
    Object.defineProperty(globalThis, KEY, { value: this.holder, enumerable: false, configurable: true })
    const found = this.post<{ result: Remote }>('Runtime.evaluate', {
      expression: "globalThis[Symbol.for('bellows.closure')]",
    })
    this.holderId = found.result.objectId
  }

  private post<T>(method: string, params: object): T {
    let answer: { readonly value: unknown } | undefined
    let failed: Error | null = null
    this.session.post(method, params, (error: Error | null, value: unknown) => {
      failed = error
      answer = { value }
    })
    if (failed !== null) throw failed
    if (answer === undefined) throw new Error(`the inspector does not answer ${method} at once`)
    return answer.value as T
  }

  facts(fn: unknown): FunctionFacts | undefined {
    this.holder.fn = fn
    try {
      const { result } = this.post<{ result: Remote }>('Runtime.callFunctionOn', {
        functionDeclaration: 'function () { return this.fn }',
        objectId: this.holderId,
        objectGroup: GROUP,
      })
      const { internalProperties = [] } = this.post<{ internalProperties?: readonly Property[] }>(
        'Runtime.getProperties',
        {
          objectId: result.objectId,
          ownProperties: true,
        },
      )
      const place = internalProperties.find((each) => each.name === '[[FunctionLocation]]')?.value?.value
      const scopes = internalProperties.find((each) => each.name === '[[Scopes]]')?.value
      if (place === undefined || scopes === undefined) return undefined
      this.post('Runtime.callFunctionOn', {
        functionDeclaration:
          'function (holder) { holder.scopes = Array.from({ length: this.length }, (_, i) => this[i].object) }',
        objectId: scopes.objectId,
        arguments: [{ objectId: this.holderId }],
        objectGroup: GROUP,
      })
      const around = this.holder.scopes ?? []
      return {
        url: this.urlOf(place.scriptId),
        line: place.lineNumber,
        column: place.columnNumber,
        scopes: around.filter((scope) => (scope as unknown) !== globalThis),
      }
    } finally {
      this.holder.fn = undefined
      this.holder.scopes = undefined
      this.post('Runtime.releaseObjectGroup', { objectGroup: GROUP })
    }
  }

  /** The scripts on the stack know their names at once; to ask for those of all scripts takes tens of milliseconds. */
  private urlOf(scriptId: string): string {
    const known = this.urls.get(scriptId)
    if (known !== undefined) return known
    for (const site of getCallSites(200))
      if (!this.urls.has(site.scriptId)) this.urls.set(site.scriptId, site.scriptName)
    if (!this.urls.has(scriptId)) this.learnAll()
    const url = this.urls.get(scriptId) ?? ''
    this.urls.set(scriptId, url)
    return url
  }

  private learnAll(): void {
    const learn = ({ params }: { params: { scriptId: string; url: string } }): void => {
      this.urls.set(params.scriptId, params.url)
    }
    this.session.on('Debugger.scriptParsed', learn)
    this.post('Debugger.enable', {})
    this.post('Debugger.disable', {})
    this.session.off('Debugger.scriptParsed', learn)
  }
}

let inspector: Inspector | undefined

/** undefined for native and bound functions, which have no scopes. Throws where the inspector is not to be had. */
export const inspectFunction = (fn: unknown): FunctionFacts | undefined => {
  inspector ??= new Inspector()
  return inspector.facts(fn)
}
