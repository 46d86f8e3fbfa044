import { z } from 'zod'
import { int, text } from './schema.ts'

/** Nothing that came from the API is changed in place. */
export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** metadata as src/kube has it; only what validation reads is checked here, the API server checks the rest. */
export type Metadata = {
  readonly name: string
  readonly namespace?: string
  readonly generateName?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Source: metav1.Condition. Lists of it are maps by `type`. */
export const conditionSchema = z.object({
  type: text('What the condition is about.', { max: 316, min: 1 }),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: text('CamelCase word from a closed list: why it holds or not.', { max: 1024, min: 1 }),
  message: text('A sentence for people.', { max: 1024 }),
  lastTransitionTime: text('When `status` last changed, RFC 3339.', { max: 64, format: 'date-time' }),
  observedGeneration: int('The generation of the object that this speaks of.', { bits: 64, min: 0 }).optional(),
})
