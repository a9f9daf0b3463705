import { createHash } from 'node:crypto'
import type { Argument } from '../driver.js'

/**
 * A script of Lua, and the one list of what it is called with: the caller fills the names in, and the Lua finds its keys and
 * arguments under the same names, as locals.
 */
export interface Script {
  /** Its keys, by their names in `QueueKeys`. */
  readonly keys: readonly string[]
  /** Keys that only a repeated call brings, after the others. */
  readonly keysAgain?: readonly string[]
  /**
   * It takes the keys of several queues, one queue after the other. The names, in capitals, are then the places of a queue's
   * keys, of which each queue has `width`.
   */
  readonly isForMany?: true
  /** Its arguments; `again` is 1 when this very call may have been carried out before, else 0. */
  readonly args: readonly string[]
  /** What follows them in any number: the first one is `ARGV[rest]`. */
  readonly rest?: string
  readonly lua: string
}

/** What a script is called with. */
export interface Call<S extends Script> {
  readonly queues: readonly Readonly<
    Record<S['keys'][number] | NonNullable<S['keysAgain']>[number], string>
  >[]
  readonly args: Readonly<Record<Exclude<S['args'][number], 'again'>, Argument>>
  readonly rest?: readonly Argument[]
}

/** A script as a server gets it. */
export interface Text {
  readonly lua: string
  /** The name under which a server that has seen it once knows it. */
  readonly sha: string
}

/** Puts the names before the Lua. */
export function textOf(script: Script): Text {
  const lua = `${argumentNames(script)}${keyNames(script)}${script.lua}`
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

function argumentNames({ args, rest }: Script): string {
  const names = args.length > 0 ? assign(args, (place) => `ARGV[${place}]`) : ''
  return rest === undefined ? names : `${names}local rest = ${args.length + 1}\n`
}

function keyNames({ keys, keysAgain = [], isForMany }: Script): string {
  const names = [...keys, ...keysAgain]
  if (!isForMany) return assign(names, (place) => `KEYS[${place}]`)
  const places = assign(
    names.map((name) => name.toUpperCase()),
    String,
  )
  return `${places}local width = again == '1' and ${names.length} or ${keys.length}\n`
}

function assign(names: readonly string[], valueAt: (place: number) => string): string {
  return `local ${names.join(', ')} = ${names.map((_, at) => valueAt(at + 1)).join(', ')}\n`
}

/** The words of a call: after the script, how many keys there are, the keys, the arguments. */
export function wordsOf<S extends Script>(
  name: string,
  { keys, keysAgain = [], args }: S,
  call: Call<S>,
  again: boolean,
): Argument[] {
  const words: Argument[] = [name, 0]
  for (const queue of call.queues as readonly Readonly<Record<string, string>>[]) {
    for (const key of keys) words.push(queue[key] ?? '')
    if (again) for (const key of keysAgain) words.push(queue[key] ?? '')
  }
  words[1] = words.length - 2
  const values = call.args as Readonly<Record<string, Argument>>
  for (const arg of args) words.push(arg === 'again' ? Number(again) : (values[arg] ?? ''))
  if (call.rest) for (const word of call.rest) words.push(word)
  return words
}
