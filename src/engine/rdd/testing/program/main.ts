/** A program as users write them: what its functions import and capture must work in another thread. Prints JSON. */
import { basename } from 'node:path'
import * as util from 'node:util'
import { parse } from 'acorn'
import { Shipper } from '../../closure/shipper.ts'
import { Unshipper } from '../../closure/unshipper.ts'
import { Rectangle, shout } from './lib.ts'

const factor = 3

const sent = async <T>(value: T): Promise<T> => {
  const shipper = new Shipper({ warn: () => {}, moment: 'action' })
  const shipped = shipper.ship(value, 'map')
  const there = JSON.parse(JSON.stringify({ nodes: shipper.nodes, shipped }))
  const unshipper = await Unshipper.open(there.nodes, { broadcast: () => undefined, accumulator: () => undefined })
  kinds.push(...shipper.nodes.map((node) => (node.k === 'import' ? `${node.k} ${node.name}` : node.k)))
  return unshipper.value(there.shipped) as T
}
const kinds: string[] = []

const square = new Rectangle(2, factor)
const results = [
  (await sent((path: string) => basename(path) + factor))('/a/b'),
  (await sent((value: unknown) => util.inspect(value)))({ a: 1 }),
  (await sent((text: string) => shout(text)))('hi'),
  (await sent(shout))('direct'),
  (await sent(() => square.area))(),
  (await sent((w: number) => new Rectangle(w, 2).area))(4),
  (await sent((text: string) => parse(text, { ecmaVersion: 'latest' }).type))('1'),
]
let line = ''
try {
  ;(
    await sent(() => {
      throw new Error('x')
    })
  )()
} catch (error) {
  line = /main\.ts:\d+:\d+/.exec((error as Error).stack ?? '')?.[0] ?? ''
}
console.log(JSON.stringify({ results, line, kinds }))
