import type { DataType } from '../../types/data-type.ts'
import type { ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** The parts of a hash function over a seed. Source: Spark's HashExpression and InterpretedHashFunction. */
interface Hasher<S> {
  readonly int: (value: number, seed: S) => S
  readonly long: (value: bigint, seed: S) => S
  readonly bytes: (bytes: Uint8Array, seed: S) => S
}

const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)
const double = new Float64Array(1)
const doubleBits = new BigInt64Array(double.buffer)

const bitsOfFloat = (value: number): number => {
  float[0] = Number.isNaN(value) ? Number.NaN : value === 0 ? 0 : value
  return floatBits[0]!
}

const bitsOfDouble = (value: number): bigint => {
  double[0] = Number.isNaN(value) ? Number.NaN : value === 0 ? 0 : value
  return doubleBits[0]!
}

/** The bytes of Java's BigInteger.toByteArray: two's complement, highest first, as few as there can be. */
const bytesOf = (value: bigint): Uint8Array => {
  let size = 1
  while (BigInt.asIntN(size * 8, value) !== value) size++
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) bytes[size - 1 - index] = Number((value >> BigInt(index * 8)) & 255n)
  return bytes
}

const ENCODER = new TextEncoder()

/** Nulls leave the seed as it is. */
const hashOf = <S>(type: DataType, hasher: Hasher<S>): ((value: ScriptValue, seed: S) => S) => {
  const hash = hashValue(type, hasher)
  return (value, seed) => (value === null ? seed : hash(value, seed))
}

const hashValue = <S>(
  type: DataType,
  { int, long, bytes, ...rest }: Hasher<S>,
): ((value: ScriptValue, seed: S) => S) => {
  const hasher = { int, long, bytes, ...rest }
  switch (type.kind) {
    case 'boolean':
      return (value, seed) => int(value === true ? 1 : 0, seed)
    case 'byte':
    case 'short':
    case 'integer':
    case 'date':
    case 'year-month-interval':
      return (value, seed) => int(value as number, seed)
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
    case 'day-time-interval':
      return (value, seed) => long(value as bigint, seed)
    case 'float':
      return (value, seed) => int(bitsOfFloat(value as number), seed)
    case 'double':
      return (value, seed) => long(bitsOfDouble(value as number), seed)
    case 'decimal':
      return type.precision <= 18
        ? (value, seed) => long(value as bigint, seed)
        : (value, seed) => bytes(bytesOf(value as bigint), seed)
    case 'string':
      return (value, seed) => bytes(ENCODER.encode(value as string), seed)
    case 'binary':
      return (value, seed) => bytes(value as Uint8Array, seed)
    case 'array': {
      const item = hashOf(type.element, hasher)
      return (value, seed) => (value as readonly ScriptValue[]).reduce((done: S, one) => item(one, done), seed)
    }
    case 'map': {
      const [key, item] = [hashOf(type.key, hasher), hashOf(type.value, hasher)]
      return (value, seed) =>
        (value as readonly (readonly [ScriptValue, ScriptValue])[]).reduce(
          (done: S, [name, one]) => item(one, key(name, done)),
          seed,
        )
    }
    case 'struct': {
      const fields = type.fields.map((field) => hashOf(field.type, hasher))
      return (value, seed) =>
        fields.reduce((done, field, index) => field((value as readonly ScriptValue[])[index]!, done), seed)
    }
    default:
      return (_, seed) => seed
  }
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

const mixWord = (word: number): number => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
const mixHash = (hash: number, word: number): number => (Math.imul(rotate(hash ^ word, 13), 5) + 0xe6546b64) | 0

const finish = (hash: number, length: number): number => {
  let h = hash ^ length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Murmur3 of 32 bits; the bytes behind the last whole word go one by one, as signed numbers. Source: Spark's Murmur3_x86_32. */
const MURMUR: Hasher<number> = {
  int: (value, seed) => finish(mixHash(seed, mixWord(value)), 4),
  long: (value, seed) => {
    const low = Number(BigInt.asIntN(32, value))
    const high = Number(BigInt.asIntN(32, value >> 32n))
    return finish(mixHash(mixHash(seed, mixWord(low)), mixWord(high)), 8)
  },
  bytes: (bytes, seed) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const aligned = bytes.length - (bytes.length % 4)
    let hash = seed
    for (let at = 0; at < aligned; at += 4) hash = mixHash(hash, mixWord(view.getInt32(at, true)))
    for (let at = aligned; at < bytes.length; at++) hash = mixHash(hash, mixWord(view.getInt8(at)))
    return finish(hash, bytes.length)
  },
}

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n
const word = (x: bigint): bigint => BigInt.asUintN(64, x)
const turn = (x: bigint, by: bigint): bigint => word((x << by) | (x >> (64n - by)))

const avalanche = (hash: bigint): bigint => {
  let h = word((hash ^ (hash >> 33n)) * P2)
  h = word((h ^ (h >> 29n)) * P3)
  return h ^ (h >> 32n)
}

const round = (lane: bigint, input: bigint): bigint => word(turn(word(lane + input * P2), 31n) * P1)
const join = (hash: bigint, lane: bigint): bigint => word((hash ^ round(0n, lane)) * P1 + P4)

/** XXH64 with unsigned words of 64 bits. Source: Spark's XXH64. */
const XX: Hasher<bigint> = {
  int: (value, seed) => {
    const hash = word(seed + P5 + 4n) ^ word(BigInt(value >>> 0) * P1)
    return avalanche(word(turn(hash, 23n) * P2 + P3))
  },
  long: (value, seed) => {
    const hash = word(seed + P5 + 8n) ^ round(0n, word(value))
    return avalanche(word(turn(hash, 27n) * P1 + P4))
  },
  bytes: (bytes, seed) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    let hash = word(seed + P5)
    if (bytes.length >= 32) {
      const lanes = [word(seed + P1 + P2), word(seed + P2), word(seed), word(seed - P1)]
      for (; at + 32 <= bytes.length; at += 32)
        for (const lane of [0, 1, 2, 3]) lanes[lane] = round(lanes[lane]!, view.getBigUint64(at + lane * 8, true))
      const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint]
      hash = word(turn(a, 1n) + turn(b, 7n) + turn(c, 12n) + turn(d, 18n))
      for (const lane of lanes) hash = join(hash, lane)
    }
    hash = word(hash + BigInt(bytes.length))
    for (; at + 8 <= bytes.length; at += 8)
      hash = word(turn(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
    if (at + 4 <= bytes.length) {
      hash = word(turn(hash ^ word(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
      at += 4
    }
    for (; at < bytes.length; at++) hash = word(turn(hash ^ word(BigInt(bytes[at]!) * P5), 11n) * P1)
    return avalanche(hash)
  },
}

const SEED = 42

export const SPARK_HASH: ScriptTable = {
  murmur: {
    takesNulls: true,
    make: ({ args }) => {
      const hashes = args.map((type) => hashOf(type, MURMUR))
      return (...values) => hashes.reduce((seed, hash, index) => hash(values[index], seed), SEED)
    },
  },
  xxhash: {
    takesNulls: true,
    make: ({ args }) => {
      const hashes = args.map((type) => hashOf(type, XX))
      return (...values) =>
        BigInt.asIntN(
          64,
          hashes.reduce((seed, hash, index) => hash(values[index], seed), BigInt(SEED)),
        )
    },
  },
}
