import type { REASONS } from './arguments.js'

declare const refused: unique symbol

/** Stands where an argument cannot: no value has this type, so that the compiler shows the reason. */
type Refused<Reason extends string> = Reason & { readonly [refused]: never }

/**
 * The arguments of a task: the parameters `P` of its function, unless JSON would change something in the arguments `G`
 * that are given. That one then has to be a `Refused`, and the compiler says why it is not. A function of your
 * own that passes arguments on to `gator.task` has these for its own.
 *
 * @example
 * ```ts
 * export function later<P extends readonly unknown[], R, G extends readonly unknown[]>(
 *   func: (this: void, ...args: P) => R,
 *   ...args: JsonArguments<P, G>
 * ): Promise<Task<Awaited<R>>> {
 *   return gator.options({ delayBy: '1h' }).task<P, R, G>(func, ...args)
 * }
 * ```
 */
export type JsonArguments<
  P extends readonly unknown[],
  G extends readonly unknown[],
  // Nothing but words: the compiler shows them where it cannot decide, which is so for a type parameter alone.
  _Otherwise = 'a type parameter cannot be checked; give the value a type of its own, such as number',
> = [G] extends [Sent<G>]
  ? // A mapped type is inferred from last, so that P comes from a generic function's arguments, and from no other's.
    { readonly [I in keyof P]: P[I] }
  : // Never so; it is here for G to be inferred from.
    [G] extends [never]
    ? G
    : Told<P, G, Sent<G>>

/** What arrives of the arguments `G`. Those at the end that are `undefined` are left out. */
type Sent<G extends readonly unknown[]> = G extends readonly [...infer Leading, infer Last]
  ? readonly [...{ [I in keyof Leading]: SentBeforeLast<Leading[I]> }, Json<Last>]
  : { readonly [I in keyof G]: Json<G[I]> }

/** One that is only maybe `undefined` is left to the check at run time: the rest of a spread `Parameters` looks like that. */
type SentBeforeLast<T> = [T] extends [undefined] ? Refused<Reasons['undefined']> : Json<T>

/** What each of the arguments `G` should have been, when `S` is what would arrive of them. */
type Told<P extends readonly unknown[], G, S, Each = G> = Each extends readonly unknown[]
  ? { readonly [I in keyof Each]: ToldOne<At<P, I>, At<G, I>, At<S, I>> }
  : never

/** An argument that does not suit the function gets the usual error of the compiler. */
type ToldOne<P, G, S> = [G] extends [S] ? P : [G] extends [P] ? S : Json<P>

type At<List, I> = I extends keyof List ? List[I] : List extends readonly (infer E)[] ? E : never

/**
 * `Yes`, where JSON would leave what a function returned as it is; else what the compiler shows in its place, with the reason. Nothing at all
 * is a result, too.
 */
export type IfStorable<R, Yes> = [R] extends [void | undefined]
  ? Yes
  : [R] extends [Json<Exclude<R, undefined>> | undefined]
    ? Yes
    : Json<Exclude<R, undefined>>

type Scalar = string | number | boolean | null | undefined

/**
 * `T` as it arrives, with a `Refused` for each part that would not. The order matters for the cost: most are
 * scalars, and reading any property of an array's type makes the compiler work out all its methods.
 */
type Json<T> = T extends Scalar
  ? T
  : unknown extends T
    ? T
    : T extends readonly (infer E)[]
      ? JsonArray<T, E>
      : T extends Changed
        ? Refused<ReasonFor<T>>
        : T extends Failure<keyof T>
          ? Refused<Reasons['Error']>
          : { [K in keyof T]: Json<T[K]> }

/** An array of the same kind is compared by its elements alone. */
type JsonArray<T extends readonly unknown[], E> = undefined extends E
  ? JsonGaps<T>
  : T extends unknown[]
    ? Json<E>[]
    : readonly Json<E>[]

/** An optional element of a tuple may be left out, and so may be the `Refused` that stands there for `undefined`. */
type JsonGaps<T extends readonly unknown[]> = number extends T['length']
  ? readonly JsonElement<T[number]>[]
  : { readonly [I in keyof T]: JsonElement<T[I]> }

type JsonElement<T> = unknown extends T
  ? T
  : undefined extends T
    ? Refused<Reasons['undefined']> | Json<Exclude<T, undefined>>
    : Json<T>

type Reasons = typeof REASONS

type Callable = (...args: never) => unknown

/** What JSON cannot carry, by the key of its reason. */
interface Kinds {
  readonly bigint: bigint
  readonly symbol: symbol
  readonly function: Callable
  readonly Promise: PromiseLike<unknown>
  readonly Date: Date
  readonly RegExp: RegExp
  readonly Map: ReadonlyMap<unknown, unknown>
  readonly Set: ReadonlySet<unknown>
  readonly bytes: ArrayBufferView
}

/** Some of the other kinds have a `toJSON` too. */
interface Jsonable {
  readonly toJSON: Callable
}

type Changed = Kinds[keyof Kinds] | Jsonable

type KindOf<T> = { [K in keyof Kinds]: T extends Kinds[K] ? K : never }[keyof Kinds]

type ReasonFor<T> = [KindOf<T>] extends [never] ? Reasons['toJSON'] : Reasons[KindOf<T>]

/** Every object with a name and a message has the shape of an Error; only the stack distinguishes it. */
type Failure<Keys> = 'stack' extends Keys ? Error : never
