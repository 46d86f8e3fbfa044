import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { crdOf, schemaOf } from './crd.ts'
import { shapeOf } from './describe.ts'
import { KINDS, SparkApplicationDefinition } from './kinds.ts'
import { fieldRows } from './reference.ts'
import { int, listOf, text, withRule } from './schema.ts'

/** kubectl's client-side apply keeps the whole object in an annotation. Source: apimachinery, TotalAnnotationSizeLimitB. */
const MAX_ANNOTATIONS = 256 * 1024

test.each(KINDS.map((definition) => [definition.type.kind, definition] as const))(
  '%s fits an annotation',
  (_, kind) => {
    expect(Buffer.byteLength(JSON.stringify(crdOf(kind)))).toBeLessThan(MAX_ANNOTATIONS)
  },
)

describe('the published fields', () => {
  const ours = new Map(
    (['spec', 'status'] as const).flatMap((part) =>
      fieldRows(shapeOf(SparkApplicationDefinition[part]!), part).map(
        ({ path, field }) => [path, field.shape] as const,
      ),
    ),
  )
  const published = readFileSync(new URL('./published-fields.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ') as [string, string])

  test('are all there', () => expect(published.length).toBeGreaterThan(190))

  test.each(published)('%s is a %s', (path, type) => {
    const shape = ours.get(path)
    expect(shape, `${path} is not in the schema`).toBeDefined()
    const plain = ({ kind }: { readonly kind: string }): string => (kind === 'enum' ? 'string' : kind)
    const written =
      shape?.kind === 'list'
        ? `[]${plain(shape.item)}`
        : shape?.kind === 'map'
          ? `map[string]${plain(shape.value)}`
          : plain(shape!)
    expect(written).toBe(type)
  })
})

test('every number and every text, list and map has an upper bound', () => {
  for (const { spec, status } of KINDS)
    for (const schema of [spec, status])
      for (const { path, field } of schema === undefined ? [] : fieldRows(shapeOf(schema)))
        if ('max' in field.shape) expect(field.shape.max, path).toBeDefined()
})

test('a rule and a bound reach the CRD', () => {
  const schema = withRule(listOf('Words.', text('A word.', { max: 8, min: 1 }), { max: 3 }), {
    rule: "!self.exists(each, each == 'no')",
    message: 'say yes',
    holds: (words) => !words.includes('no'),
  })
  expect(schemaOf(shapeOf(schema))).toEqual({
    type: 'array',
    description: 'Words.',
    maxItems: 3,
    items: { type: 'string', description: 'A word.', minLength: 1, maxLength: 8 },
    'x-kubernetes-validations': [{ rule: "!self.exists(each, each == 'no')", message: 'say yes' }],
  })
})

test('defaults, formats and absent fields reach the CRD', () => {
  const schema = z.object({
    count: int('', { min: 0, max: 3 }).default(1),
    big: int('', { min: 0, bits: 64 }).optional(),
    inner: z.object({ flag: z.boolean() }).prefault({ flag: true }),
  })
  expect(schemaOf(shapeOf(schema))).toEqual({
    type: 'object',
    properties: {
      count: { type: 'integer', format: 'int32', minimum: 0, maximum: 3, default: 1 },
      big: { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      inner: {
        type: 'object',
        required: ['flag'],
        properties: { flag: { type: 'boolean' } },
        default: { flag: true },
      },
    },
  })
})

test('what a CRD cannot say is refused, not dropped', () => {
  expect(() => shapeOf(z.string().refine((word) => word !== ''))).toThrow(/withRule/)
  expect(() => shapeOf(z.string().startsWith('a'))).toThrow(/cannot say/)
  expect(() => shapeOf(z.union([z.string(), z.boolean()]))).toThrow(/unions/)
  expect(() => shapeOf(z.date())).toThrow(/no type date/)
})

test('`kubectl get` tells why an application failed, without -o wide', () => {
  const crd = crdOf(SparkApplicationDefinition) as {
    spec: { versions: { additionalPrinterColumns: { name: string; priority?: number; jsonPath: string }[] }[] }
  }
  const columns = crd.spec.versions[0]?.additionalPrinterColumns.filter(({ priority }) => (priority ?? 0) === 0)
  expect(columns?.map(({ name }) => name)).toEqual([
    'Type',
    'Status',
    'Attempts',
    'Executors',
    'Start',
    'Finish',
    'Reason',
    'Age',
  ])
  expect(columns?.find(({ name }) => name === 'Reason')?.jsonPath).toBe('.status.rootCause.reason')
})
