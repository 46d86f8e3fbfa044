import { createServer, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { LongAccumulator } from '../accumulator.ts'
import { DRIVER_ONLY } from '../driver-only.ts'
import { HashPartitioner } from '../keys/partitioner.ts'
import { parseFunction } from './parse-function.ts'
import { Shipper } from './shipper.ts'
import { Unshipper } from './unshipper.ts'

const warnings: string[] = []

/** Through JSON, as to another process. */
const sent = async <T>(value: T, moment: 'call' | 'action' = 'action'): Promise<T> => {
  const shipper = new Shipper({ warn: (message) => warnings.push(message), moment })
  const shipped = shipper.ship(value, 'map')
  const text = JSON.stringify({ nodes: shipper.nodes, shipped })
  const there = JSON.parse(text)
  const unshipper = await Unshipper.open(there.nodes, { broadcast: () => undefined, accumulator: () => undefined })
  return unshipper.value(there.shipped) as T
}

const K = 7
const table = new Map([['a', [1, { deep: 2n }]]])
const helper = (x: number): number => (x <= 0 ? 0 : 1 + helper(x - 1))
function even(n: number): boolean {
  return n === 0 || odd(n - 1)
}
function odd(n: number): boolean {
  return n !== 0 && even(n - 1)
}
class Base {
  static unit = 'm'
  size: number
  constructor(size: number) {
    this.size = size
  }
  text() {
    return `${this.size}${Base.unit}`
  }
}
class Derived extends Base {
  override text() {
    return `<${super.text()}>${K}`
  }
}
class Guarded {
  #hidden = 1
  see() {
    return this.#hidden
  }
}
class Refused extends Error {
  code = 3
}
const settings = { rate: 0.5, nested: { on: true }, list: [1, Number.NaN, -0, undefined] }
const object = {
  plus: 2,
  add(x: number) {
    return x + K
  },
}

test.each<[string, unknown, readonly unknown[], unknown]>([
  ['a constant of the module', (x: number) => x + K, [1], 8],
  ['a map of nested values', () => table.get('a'), [], [1, { deep: 2n }]],
  ['a recursive helper', (x: number) => helper(x), [5], 5],
  ['functions that call each other', (x: number) => even(x), [10], true],
  ['an instance of a class of the program', (x: number) => new Derived(x).text(), [3], '<3m>7'],
  ['settings with odd numbers', () => settings, [], settings],
  ['a method', object.add, [1], 8],
  [
    'an async function',
    async function named(x: number) {
      return x
    },
    [4],
    Promise.resolve(4),
  ],
  [
    'destructuring, defaults and shadowing',
    ({ a, b: [c = K] }: { a: number; b: number[] }, K2 = a) => {
      const K = c
      for (const each of [1]) return K + each + K2
      return 0
    },
    [{ a: 1, b: [] }],
    9,
  ],
  ['a class itself', Derived, undefined as never, undefined],
  ['Math.max', Math.max, [1, 5], 5],
  ['an error of the program', () => new Refused('no').code, [], 3],
])('%s', async (_, fn, args, expected) => {
  const made = (await sent(fn)) as (...given: readonly unknown[]) => unknown
  if (args === undefined) {
    const Made = made as unknown as typeof Derived
    expect(new Made(2).text()).toBe('<2m>7')
    return
  }
  expect(made(...args)).toEqual(expected)
})

test('values keep what they are: shared, cyclic, typed', async () => {
  const shared = { n: 1 }
  const loop: Record<string, unknown> = {
    shared,
    again: shared,
    when: new Date(5),
    text: /a+/gi,
    bytes: Buffer.from('hi'),
  }
  loop.self = loop
  loop.floats = new Float64Array([1.5])
  loop.point = new Derived(4)
  loop.error = new TypeError('bad', { cause: 3 })
  const made = await sent(loop)
  expect(made.self).toBe(made)
  expect(made.shared).toBe(made.again)
  expect(made.when).toEqual(new Date(5))
  expect(made.text).toEqual(/a+/gi)
  expect(made.bytes).toEqual(Buffer.from('hi'))
  expect(made.floats).toEqual(new Float64Array([1.5]))
  expect((made.point as Derived).text()).toBe('<4m>7')
  expect(made.error).toBeInstanceOf(TypeError)
  expect((made.error as Error).cause).toBe(3)
})

test('values are those of the moment, and copies', async () => {
  let limit = 1
  const list = [1]
  const fn = (x: number) => x < limit && list.length === 1
  const before = await sent(fn)
  limit = 10
  list.push(2)
  const after = await sent(fn)
  expect([before(5), after(5), before(0), after(0)]).toEqual([false, false, true, false])
})

test('a partitioner of the engine is named, not copied', async () => {
  const made = await sent(new HashPartitioner(3))
  expect(made).toBeInstanceOf(HashPartitioner)
  expect(made.getPartition('x')).toBe(new HashPartitioner(3).getPartition('x'))
})

test('an error names the line of the program', async () => {
  const fn = () => {
    throw new Error('here')
  }
  const made = await sent(fn)
  const line = /closure\.test\.ts:(\d+):(\d+)/
  const places = [fn, made].map((each) => {
    try {
      each()
    } catch (error) {
      return line.exec((error as Error).stack ?? '')?.slice(1, 3)
    }
    return undefined
  })
  expect(places[1]).toBeDefined()
})

test('a change of a captured variable stays on the executor, and is warned of', async () => {
  let counter = 0
  const fn = () => counter++
  await sent(fn, 'call')
  expect(warnings.at(-1)).toMatch(/assigns to `counter`/)
  expect(counter).toBe(0)
})

const socket = new Socket()
const server = createServer()
const stream = new PassThrough()
const timer = setTimeout(() => {}, 1)
clearTimeout(timer)
const promise = Promise.resolve(1)
const proxy = new Proxy({}, {})
const weak = new WeakMap()
const guarded = new Guarded()
const config = { client: { socket } }
const context = Object.assign(Object.create({ [DRIVER_ONLY]: 'operators run in the driver only' }), {})
const local = Symbol('local')
const generator = (function* () {
  yield 1
})()
const unregistered = new LongAccumulator()
const bound = helper.bind(null)
const holder = { use: () => socket.destroyed }

test.each<[string, unknown, RegExp]>([
  [
    'socket',
    () => socket.destroyed,
    /^map: its function uses `socket`, which is a Socket of Node.*open it within the function/,
  ],
  ['server', () => server.listening, /`server`, which is a Server/],
  ['stream', () => stream.readable, /`stream`, which is a PassThrough of Node/],
  ['timer', () => timer.hasRef(), /`timer`, which is a Timeout/],
  ['promise', () => promise, /`promise`, which is a Promise.*await it/],
  ['proxy', () => proxy, /`proxy`, which is a Proxy/],
  ['weak map', () => weak, /`weak`, which is a WeakMap/],
  ['private state', () => guarded.see(), /`guarded`, which is an instance of Guarded, which has private fields/],
  ['a socket deep within', () => config, /`config`\.client\.socket, which is a Socket/],
  ['the context', () => context, /`context`, which is the driver's .*operators run in the driver only/],
  ['a local symbol', () => local, /`local`, which is the symbol/],
  ['an iterator', () => generator, /`generator`, which is an iterator/],
  [
    'an accumulator of nobody',
    () => unregistered.add(1),
    /`unregistered`, which is an accumulator that is not registered/,
  ],
  ['a bound function', () => bound(1), /`bound`, which is a native or bound function/],
  ['a socket behind a function', () => holder.use(), /`holder`\.use → `socket`, which is a Socket/],
  [
    'eval',
    (text: string) => {
      // biome-ignore lint/security/noGlobalEval: what is refused
      return eval(text)
    },
    /calls eval/,
  ],
  [
    'a missing variable', // @ts-expect-error nobody declares it
    () => later,
    /`later`, which is a variable without a value/,
  ],
])('%s is refused by name', async (_, fn, message) => {
  await expect(sent(fn)).rejects.toThrow(message)
})

test.each([
  ["() => import('node:fs')", /calls import\(\)/],
  ['() => import.meta.url', /import\.meta/],
  ['m() { return super.x }', /`super`/],
  ['() => arguments[0]', /`arguments`/],
])('the text %s is refused', (text, message) => {
  expect(() => parseFunction(text)).toThrow(message)
})

test.each<[string, readonly string[]]>([
  ['({ a, b: [c = d], ...e }) => a + c + e + f', ['d', 'f']],
  ['function g(x) { var y = 1; { let z = y; { var w = z } } return w + g(x) + h }', ['h']],
  [
    '() => { for (const a of b) { c: for (let i = 0; i < a; i++) { if (i) continue c } } try { k } catch ({ m }) { m } }',
    ['b', 'k'],
  ],
  [
    'class A extends B { static [C] = D; #p = E; m(q) { return super.m(q) + this.#p + F } static { G } }',
    ['B', 'C', 'D', 'E', 'F', 'G'],
  ],
  ['(x) => ({ x, y, [z]: x.w, get v() { return u } })', ['y', 'z', 'u']],
  ['(x) => { switch (x) { case a: let b = 1; return b; default: return function f() { return f } } }', ['a']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of a program
  ['(s) => s`${t}` ?? (() => { n = 1; o.p++ })', ['t', 'n', 'o']],
  ['method(a, b = c) { return a + b + arguments.length }', ['c']],
  ['async *[sym](a) { yield a; await b }', ['b']],
])('free variables of %s', (text, names) => {
  expect(parseFunction(text).free.toSorted()).toEqual(names.toSorted())
})

test('`this` of the function around is refused', async () => {
  const make = function (this: { size: number } | undefined) {
    return () => this?.size
  }
  await expect(sent(make.call({ size: 1 }))).rejects.toThrow(/uses `this` of the function around it/)
})

test('a variable without a value yet is no matter before the action', async () => {
  const fn = () => soon
  await sent(fn, 'call')
  await expect(sent(fn)).rejects.toThrow(/`soon`/)
  const soon = 5
  expect((await sent(fn))()).toBe(5)
})
