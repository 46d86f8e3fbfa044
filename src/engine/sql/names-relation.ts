import type { PlanSyntax } from './syntax.ts'

/** Whether a relation of this one-part name, in small letters, is read anywhere below `node`. */
export const namesRelation = (node: unknown, name: string): boolean => {
  if (Array.isArray(node)) return node.some((item) => namesRelation(item, name))
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return false
  const plan = node as PlanSyntax
  if (plan.kind === 'relation' && plan.name.length === 1 && plan.name[0]!.toLowerCase() === name) return true
  return Object.entries(node).some(([key, value]) => key !== 'of' && key !== 'type' && namesRelation(value, name))
}
