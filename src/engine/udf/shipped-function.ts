import type { ShippedNode, ShippedValue } from '../rdd/closure/shipped.ts'
import type { DataType } from '../types/data-type.ts'
import type { FunctionShape } from './user-function.ts'

/** A function of the program on its way to the tasks that call it. Plain JSON. */
export interface ShippedFunction {
  /** What SQL calls it: one name for one text with one set of captured values. */
  readonly sqlName: string
  /** What the program calls it. */
  readonly name: string
  /** Of its parameters, for messages; shorter than the arguments where the text does not say. */
  readonly parameters: readonly string[]
  /** Where the program has it: `program.ts:12`. */
  readonly site: string
  readonly type: DataType
  readonly deterministic: boolean
  readonly shape: FunctionShape
  readonly closures: readonly ShippedNode[] | ClosureFile
  readonly function: ShippedValue
}

/** Closures too large to go with each task: a file of the driver that each executor fetches once. */
export interface ClosureFile {
  /** The input of the body that it is. */
  readonly token: string
  /** In the driver. */
  readonly path: string
}

export const isClosureFile = (closures: ShippedFunction['closures']): closures is ClosureFile => 'token' in closures
