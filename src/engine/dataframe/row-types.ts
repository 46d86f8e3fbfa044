import type { Column } from './column.ts'
import type { Row, Value } from './values.ts'

/**
 * How the type of a row follows through transformations. Where a name or a shape is not known the result is `Row`, any
 * columns: nothing that runs is refused for want of knowledge, and no value gets a type it may not have.
 */

/** A column by its name alone: what its values are the DataFrame it is used on says. */
export interface Reference<N extends string> {
  readonly reference: N
}

/** Names of columns where the row's shape is known, any text elsewhere. */
export type NameOf<R> = string extends keyof R ? string : (keyof R & string) | FieldName<R> | '*'

/** `a.b`: fields of columns that hold structs. */
type FieldName<R> = {
  [K in keyof R & string]: IsStruct<NonNullable<R[K]>> extends true ? `${K}.${string}` : never
}[keyof R & string]

type IsStruct<V> = unknown extends V
  ? false
  : [Value] extends [V]
    ? false
    : [V] extends [
          string | number | bigint | boolean | Date | Uint8Array | readonly unknown[] | ReadonlyMap<unknown, unknown>,
        ]
      ? false
      : true

type Simple<T> = { readonly [K in keyof T]: T[K] }
type Wide<R> = string extends keyof R ? true : false

/** What col('a.b') is called: b. Backticks and stars are not followed. */
export type LastName<N extends string> = string extends N
  ? string
  : N extends `${string}\`${string}` | '*' | `${string}.*`
    ? string
    : N extends `${string}.${infer Rest}`
      ? LastName<Rest>
      : N

/** The values of a column within rows of R. */
type ValueIn<R, V> = V extends Reference<infer N> ? (N extends keyof R ? R[N] : Value) : unknown extends V ? Value : V

type NameIn<C> =
  C extends Column<infer N, unknown> ? N : C extends string ? (C extends '*' ? never : LastName<C>) : never

type ValueNamed<R, C, K> =
  C extends Column<infer N, infer V>
    ? K extends N
      ? ValueIn<R, V>
      : never
    : C extends K
      ? C extends keyof R
        ? R[C]
        : Value
      : C extends string
        ? LastName<C> extends K
          ? Value
          : never
        : never

type Stars<R, C> = '*' extends C ? R : unknown

/** The row that select gives of R for the columns C. */
export type SelectRow<R, C extends readonly unknown[]> =
  Wide<R> extends true
    ? Row
    : string extends NameIn<C[number]>
      ? Row
      : number extends C['length']
        ? Row
        : Simple<Stars<R, C[number]> & { readonly [K in NameIn<C[number]>]: ValueNamed<R, C[number], K> }>

/** R with the column N added or replaced. */
export type WithColumn<R, N extends string, V> =
  Wide<R> extends true ? Row : string extends N ? Row : Simple<Omit<R, N> & { readonly [K in N]: ValueIn<R, V> }>

/** R with several columns, each a Column, added or replaced. */
export type WithColumns<R, C> =
  Wide<R> extends true
    ? Row
    : string extends keyof C
      ? Row
      : Simple<
          Omit<R, keyof C> & { readonly [K in keyof C]: C[K] extends Column<string, infer V> ? ValueIn<R, V> : Value }
        >

export type Renamed<R, From extends string, To extends string> =
  Wide<R> extends true
    ? Row
    : string extends From | To
      ? Row
      : From extends keyof R
        ? Simple<Omit<R, From> & { readonly [K in To]: R[From] }>
        : R

export type Dropped<R, C extends readonly unknown[]> =
  Wide<R> extends true ? Row : string extends NameIn<C[number]> ? Row : Simple<Omit<R, NameIn<C[number]>>>

/** Rows of `toDF(names)`: which column gets which name the type does not know. */
export type NamedRow<N extends readonly string[]> = string extends N[number]
  ? Row
  : { readonly [K in N[number]]: Value }

type MaybeNull<R> = { readonly [K in keyof R]: R[K] | null }
type KeepsLeft = 'inner' | 'cross' | 'left' | 'leftouter' | 'left_outer'
type KeepsRight = 'inner' | 'cross' | 'right' | 'rightouter' | 'right_outer'
type LeftOnly = 'semi' | 'leftsemi' | 'left_semi' | 'anti' | 'leftanti' | 'left_anti'
type Full = 'full' | 'outer' | 'fullouter' | 'full_outer'

/** The row of a join: `K` are the names that both sides have and the result has once; never: joined by a condition. */
export type JoinRow<R, S, K extends string, How extends string> =
  Wide<R> extends true
    ? Row
    : Lowercase<How> extends LeftOnly
      ? R
      : Wide<S> extends true
        ? Row
        : string extends K | How
          ? Row
          : Lowercase<How> extends KeepsLeft | KeepsRight | Full
            ? [Exclude<keyof R & keyof S, K>] extends [never]
              ? Simple<
                  { readonly [N in K & keyof R & keyof S]: R[N] | S[N] } & (Lowercase<How> extends KeepsLeft
                    ? Omit<R, K>
                    : MaybeNull<Omit<R, K>>) &
                    (Lowercase<How> extends KeepsRight ? Omit<S, K> : MaybeNull<Omit<S, K>>)
                >
              : Row
            : Row

/** Names that `on` gives, never for conditions. */
export type NamesIn<On> = On extends string
  ? On
  : On extends readonly (infer N)[]
    ? N extends string
      ? N
      : never
    : never

/** The row of the groups, as GroupedData begins its own with. */
export type GroupRow<R, C extends readonly unknown[]> = C extends readonly [] ? unknown : SelectRow<R, C>

/** Groups, then aggregates. Aggregates see the rows of R. */
export type AggregateRow<R, G, A extends readonly unknown[]> =
  Wide<G> extends true
    ? Row
    : Wide<R> extends true
      ? Row
      : number extends A['length']
        ? Row
        : A[number] extends Column<infer N, unknown>
          ? string extends N
            ? Row
            : Simple<G & { readonly [K in N]: ValueNamed<R, A[number], K> }>
          : Row

/** `sum(a)` and its kin: how a column of groupBy().sum('a') is called. */
export type NamedAggregates<R, G, F extends string, N extends readonly string[]> =
  Wide<G> extends true
    ? Row
    : Wide<R> extends true
      ? Row
      : string extends N[number]
        ? Row
        : Simple<G & { readonly [K in N[number] as `${F}(${K})`]: Value }>

/** What collect gives back of rows that a program gave: undefined as null, bigint as number where that is exact. */
export type StoredRow<T> =
  string extends KeyOf<T>
    ? Row
    : { readonly [K in KeyOf<T>]: Stored<T extends unknown ? (K extends keyof T ? T[K] : null) : never> }

type KeyOf<T> = T extends unknown ? keyof T & string : never
type Stored<V> = V extends undefined ? null : V extends bigint ? number | bigint : V

/** Values of a column of the type, as collect gives them; unknown for types that are not spelled out here. */
export type ValueOfType<T extends string> =
  Lowercase<T> extends keyof ValueTypes
    ? ValueTypes[Lowercase<T>] | null
    : Lowercase<T> extends `decimal${string}`
      ? string | null
      : unknown

interface ValueTypes {
  readonly boolean: boolean
  readonly tinyint: number
  readonly byte: number
  readonly smallint: number
  readonly short: number
  readonly int: number
  readonly integer: number
  readonly bigint: number | bigint
  readonly long: number | bigint
  readonly float: number
  readonly double: number
  readonly string: string
  readonly binary: Uint8Array
  readonly date: string
  readonly timestamp: Date
  readonly timestamp_ntz: Date
}

/** The row that a schema like `a INT, b STRING` describes; any columns where it has nested or parameterised types. */
export type SchemaRow<S extends string> = string extends S
  ? Row
  : S extends `${string}${'<' | '(' | '`' | ':' | '\n'}${string}`
    ? Row
    : Lowercase<S> extends `${string} ${'not' | 'comment' | 'default'} ${string}`
      ? Row
      : { readonly [F in Fields<S> as F[0]]: unknown extends ValueOfType<F[1]> ? Value : ValueOfType<F[1]> }

type Fields<S extends string> = S extends `${infer First},${infer Rest}`
  ? Field<Trim<First>> | Fields<Rest>
  : Field<Trim<S>>
type Field<S extends string> = S extends `${infer N} ${infer T}` ? readonly [N, Trim<T>] : never
type Trim<S extends string> = S extends ` ${infer T}` ? Trim<T> : S extends `${infer T} ` ? Trim<T> : S
