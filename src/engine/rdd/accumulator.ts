import { userError } from '../errors.ts'

/**
 * A value that tasks add to and only the driver reads, after Spark's AccumulatorV2. In actions each task counts once,
 * however often it was tried; in transformations a recomputed partition counts again where an action runs it again.
 */
export abstract class AccumulatorV2<IN, OUT> {
  /** Set when the accumulator is registered. */
  id: number | undefined = undefined
  name: string | undefined = undefined
  /** On an executor: it only adds. */
  atTask = false

  abstract isZero(): boolean
  abstract copy(): AccumulatorV2<IN, OUT>
  abstract reset(): void
  abstract add(value: IN): void
  abstract merge(other: this): void
  protected abstract current(): OUT

  copyAndReset(): AccumulatorV2<IN, OUT> {
    const made = this.copy()
    made.reset()
    return made
  }

  /** What all finished tasks have added. Throws EngineError on an executor, where nobody knows that. */
  get value(): OUT {
    if (this.atTask) throw userError("Can't read accumulator value in task: only the driver knows it, after the action")
    return this.current()
  }
}

/** Sum of doubles, with how many they were. */
export class DoubleAccumulator extends AccumulatorV2<number, number> {
  sum = 0
  count = 0

  isZero(): boolean {
    return this.sum === 0 && this.count === 0
  }

  protected make(): DoubleAccumulator {
    return new DoubleAccumulator()
  }

  copy(): DoubleAccumulator {
    const made = this.make()
    made.merge(this)
    return made
  }

  reset(): void {
    this.sum = 0
    this.count = 0
  }

  add(value: number): void {
    this.sum += value
    this.count++
  }

  merge(other: DoubleAccumulator): void {
    this.sum += other.sum
    this.count += other.count
  }

  get avg(): number {
    return this.sum / this.count
  }

  protected current(): number {
    return this.sum
  }
}

/** Sum of whole numbers; its value is a number, exact up to 2^53 - 1. */
export class LongAccumulator extends DoubleAccumulator {
  protected override make(): LongAccumulator {
    return new LongAccumulator()
  }

  override add(value: number): void {
    if (!Number.isInteger(value)) throw userError(`a long accumulator adds whole numbers, not ${String(value)}`)
    super.add(value)
  }

  protected override current(): number {
    if (!Number.isSafeInteger(this.sum))
      throw userError('a long accumulator has left the whole numbers that are exact (2^53 - 1)')
    return this.sum
  }
}

/** All values that were added, in no order that means anything. */
export class CollectionAccumulator<T> extends AccumulatorV2<T, readonly T[]> {
  items: T[] = []

  isZero(): boolean {
    return this.items.length === 0
  }

  copy(): CollectionAccumulator<T> {
    const made = new CollectionAccumulator<T>()
    made.items = [...this.items]
    return made
  }

  reset(): void {
    this.items = []
  }

  add(value: T): void {
    this.items.push(value)
  }

  merge(other: this): void {
    for (const each of other.items) this.items.push(each)
  }

  protected current(): readonly T[] {
    return this.items
  }
}
