/** Count, mean, variance and bounds of numbers, mergeable; after Spark's StatCounter. */
export class StatCounter {
  readonly count: number
  readonly mean: number
  /** Sum of squared differences from the mean. */
  readonly m2: number
  readonly max: number
  readonly min: number

  constructor(count: number, mean: number, m2: number, max: number, min: number) {
    this.count = count
    this.mean = mean
    this.m2 = m2
    this.max = max
    this.min = min
  }

  static of(values: Iterable<number>): StatCounter {
    let count = 0
    let mean = 0
    let m2 = 0
    let max = Number.NEGATIVE_INFINITY
    let min = Number.POSITIVE_INFINITY
    for (const value of values) {
      const difference = value - mean
      count++
      mean += difference / count
      m2 += difference * (value - mean)
      max = Math.max(max, value)
      min = Math.min(min, value)
    }
    return new StatCounter(count, mean, m2, max, min)
  }

  merge(other: StatCounter): StatCounter {
    if (this.count === 0) return other
    if (other.count === 0) return this
    const count = this.count + other.count
    const difference = other.mean - this.mean
    return new StatCounter(
      count,
      this.mean + (difference * other.count) / count,
      this.m2 + other.m2 + (difference * difference * this.count * other.count) / count,
      Math.max(this.max, other.max),
      Math.min(this.min, other.min),
    )
  }

  get sum(): number {
    return this.mean * this.count
  }

  /** NaN for none, as in Spark. */
  get variance(): number {
    return this.count === 0 ? Number.NaN : this.m2 / this.count
  }

  get sampleVariance(): number {
    return this.count <= 1 ? Number.NaN : this.m2 / (this.count - 1)
  }

  get stdev(): number {
    return Math.sqrt(this.variance)
  }

  get sampleStdev(): number {
    return Math.sqrt(this.sampleVariance)
  }

  toString(): string {
    return `(count: ${this.count}, mean: ${this.mean}, stdev: ${this.stdev}, max: ${this.max}, min: ${this.min})`
  }
}
