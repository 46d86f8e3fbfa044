import type { ScriptTable } from './script-function.ts'

export const MATH_SCRIPTS: ScriptTable = {
  expm1: { make: () => (x: number) => Math.expm1(x) },
  log1p: { make: () => (x: number) => (x <= -1 ? null : Math.log1p(x)) },
  hypot: { make: () => (x: number, y: number) => Math.hypot(x, y) },
}
