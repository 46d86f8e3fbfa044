import type { z } from 'zod'
import { memoryBytes, quantity } from './quantity.ts'
import { text, withRule } from './schema.ts'

const MEMORY_PATTERN = '^[0-9]{1,15}(b|k|kb|m|mb|g|gb|t|tb|p|pb|ki|mi|gi|ti|pi)?$'

/** A size, `512m`, `1g` or `2Gi`, above nothing. Suffixes are powers of 1,024; none means MiB. */
export const memory = (doc: string): z.ZodString =>
  withRule(text(doc, { max: 32 }), {
    rule: `self.matches('(?i)${MEMORY_PATTERN}') && !self.matches('^0+[^0-9]*$')`,
    message: 'must be a memory size above 0, such as 512m, 1g or 2Gi',
    holds: (value) => (memoryBytes(value) ?? 0) > 0,
  })

/** The same where 0 makes sense. */
export const memoryOrZero = (doc: string): z.ZodString =>
  withRule(text(doc, { max: 32 }), {
    rule: `self.matches('(?i)${MEMORY_PATTERN}')`,
    message: 'must be a memory size such as 0, 512m, 1g or 2Gi',
    holds: (value) => memoryBytes(value) !== undefined,
  })

/** A Kubernetes CPU quantity above nothing. */
export const cpu = (doc: string): z.ZodString =>
  withRule(text(doc, { max: 32 }), {
    rule: "isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
    message: 'must be a CPU quantity above 0, such as 1, 0.5 or 1200m',
    holds: (value) => (quantity(value) ?? 0) > 0,
  })

export const image = (doc: string): z.ZodString =>
  withRule(text(doc, { max: 1024 }), {
    rule: "self.matches('^[^ \\\\t\\\\r\\\\n]*$')",
    message: 'must be a container image reference without spaces or line breaks',
    holds: (value) => /^[^ \t\r\n]*$/.test(value),
  })

/** A DNS label, as names of pods, Secrets and Services must be. */
export const dnsLabel = (doc: string, max: number): z.ZodString =>
  withRule(text(doc, { max, min: 1 }), {
    rule: "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
    message: "must be lower-case letters, digits and '-', beginning and ending with a letter or digit",
    holds: (value) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value),
  })
