import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { parse } from 'es-module-lexer'
import { oncePerProcess } from '../base/process-state.js'
import type { AnyFunction } from './types.js'

/** What a function is called where it was written, and whether the names that lead to it will last. */
export interface Naming {
  /** The function's own name, where it distinguishes one function from another. */
  readonly name: string | undefined
  /** Why the next build may give these names to another function, or to none. */
  readonly fault: string | undefined
  /** Another export of the file, which may be what its next build calls so. */
  readonly twin?: string | undefined
}

/** Files that people write and no bundler does. */
const SOURCE = /^\.(?:[cm]?ts|[tj]sx)$/
const LONGEST_NAME = 200
/** The most letters in the names that minifiers give to variables. */
const SHORT_NAME = 3
/** Bundlers give exports one letter, or two once most single letters are used up. */
const SHORT_EXPORT = 2
const MOST_LETTERS = 26

/** Judges the names by which a function is to be found again. */
export function namingOf(file: string, callable: string, fn: AnyFunction): Naming {
  const own = ownName(fn)
  const code = SOURCE.test(extname(file)) ? undefined : readCode(file)
  const twin = code && twinOf(callable, code)
  const tells = own !== undefined && (own.length > SHORT_NAME || !code?.isMinified)
  return {
    name: tells ? (withoutNumber(own) === callable ? callable : own) : undefined,
    fault: code && faultOf(basename(file), callable, code, twin),
    twin,
  }
}

/**
 * Whether a function may be the one that was called `name` when it was enqueued. Where its own name says nothing, since a
 * minifier made it up or nobody gave it one, the name that it is exported by must do, if people chose that.
 */
export function isNamed(name: string, callable: string, fn: AnyFunction): boolean {
  if (fn.name === name) return true
  if (callable.length <= SHORT_EXPORT) return false
  const own = ownName(fn)
  return own === undefined || own.length <= SHORT_NAME || withoutNumber(own) === withoutNumber(name)
}

/** Compilers make up names with the word `default` in them for functions that have none. */
function ownName({ name }: AnyFunction): string | undefined {
  // A static property of that name may hold anything.
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) return undefined
  return /(?:^|_)default(?:[_$\d]|$)/.test(name) ? undefined : name
}

/** Bundlers number variables of the same name: `send$1`, `send2`. */
function withoutNumber(name: string): string {
  return name.replace(/\$?\d+$/, '')
}

/** The names in a JavaScript file, read from the disk: what Node.js runs may have gone through a loader. */
interface Code {
  /**
   * Whether it may be a bundler's: those gather all exports in a list (`export { send }`), and leave none where it is declared
   * (`export function send`), as people write and compilers of single files keep it. Of CommonJS that cannot be said.
   */
  readonly isBundled: boolean | undefined
  /** Each export, with the variable that it is of, as far as that is known. */
  readonly exported: ReadonlyMap<string, string | undefined>
  /** Whether comments say that it was made of several files. */
  readonly isJoined: boolean
  /** Whether its variables have lost the names that people gave them. */
  readonly isMinified: boolean
}

function faultOf(file: string, callable: string, code: Code, twin: string | undefined): string | undefined {
  if (code.isBundled === false) return undefined
  if (isHashed(file)) return `its file ${file} is named after its content, and with that its name changes`
  const exported = `${file} exports it as ${JSON.stringify(callable)}`
  if (isMadeUp(callable, code))
    return `${exported}, a name that a bundler made up, and that its next build may give to another function`
  return twin === undefined
    ? undefined
    : `${exported} and another function as ${JSON.stringify(twin)}, and the bundler's next build may swap the two`
}

/** Bundlers number what has the same name in several modules, in the order that they meet it in: `send$1`, or `send2`. */
function twinOf(callable: string, { exported, isJoined }: Code): string | undefined {
  const number = isJoined ? /^\$?\d+$/ : /^\$\d+$/
  const isNumbered = (numbered: string, name: string): boolean =>
    numbered.startsWith(name) && number.test(numbered.slice(name.length))
  return [...exported.keys()].find((name) => isNumbered(name, callable) || isNumbered(callable, name))
}

/** Whether a bundler chose this name of one letter, or of two. In CommonJS only where it has taken the other names away, too. */
function isMadeUp(callable: string, { isBundled, exported, isMinified }: Code): boolean {
  const letters = [...exported].filter(([name]) => name.length === 1)
  if (callable.length > (letters.length > MOST_LETTERS ? SHORT_EXPORT : 1)) return false
  const isShortened = ([name, local = name]: readonly [string, string | undefined]): boolean =>
    local.length > SHORT_EXPORT && local !== name
  const isOneShortened = isShortened([callable, exported.get(callable)]) || letters.some(isShortened)
  return (isBundled === true && isOneShortened) || isMinified
}

/**
 * Whether a file's name ends in what looks drawn by lot: eight characters of which few stand beside their like, as they do in
 * words (`tasks-B4xK9q_Z.js`), more of them with digits in between, or the capitals and digits of base 32 (`chunk-CYFBYJSR.js`).
 */
function isHashed(file: string): boolean {
  const [, word = ''] = /[-_.]([\w-]{8}|[a-z\d]{9,})\.[cm]?js$/i.exec(file) ?? []
  const runs = word.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? []
  if (/^[A-Z2-7]{8}$/.test(word)) return true
  if (ABBREVIATED.test(word)) return false
  return /[a-z]/i.test(word) && runs.length >= word.length * 0.4 && (word.length === 8 || /\d/.test(word))
}

/** `i18nKeys`, `s3upload` */
const ABBREVIATED = /^[a-z]\d+[a-z]*(?:[A-Z][a-z]+)*$/

/** By file: a bundle may be large, and may hold many tasks. */
const codes: Map<string, Code | undefined> = oncePerProcess('codes', () => new Map())

/** `undefined` for what is no JavaScript on the disk. */
function readCode(file: string): Code | undefined {
  if (codes.has(file)) return codes.get(file)
  let code: Code | undefined
  try {
    code = codeOf(readFileSync(file, 'utf8'))
  } catch {
    // What no parser takes was not written by a bundler either.
  }
  codes.set(file, code)
  return code
}

/** How esbuild and rolldown note where the code that follows comes from. */
const ORIGIN = /^\/\/ \S+\.[cm]?[jt]sx?$/gm
const EXPORT_LIST = /export\s*\{/y
const ASSIGNED = /\bexports\.([\w$]+)\s*=(?!=)\s*([\w$]+(?=\s*(?:[;,}\n]|$)))?/g

function codeOf(source: string): Code {
  const exports = parse(source)[1]
  const own = exports.filter((item) => item.type === 'direct')
  const lists = own.map(({ exportStart }) => textAt(source, exportStart, EXPORT_LIST))
  const exported = new Map(own.map(({ name, localName }) => [name, localName]))
  if (exports.length === 0)
    for (const [, name = '', local] of source.matchAll(ASSIGNED)) exported.set(name, local)
  return {
    isBundled: exports.length === 0 ? undefined : !lists.includes(undefined),
    exported,
    isJoined: new Set(source.match(ORIGIN)).size > 1,
    isMinified: lists.includes('export{') || hasShortNames(source),
  }
}

function textAt(source: string, at: number, sticky: RegExp): string | undefined {
  sticky.lastIndex = at
  return sticky.exec(source)?.[0]
}

const DECLARED = /\b(?:function|class|const|let|var)\b[\s*]*([\w$]+)|\(([\w$\s,]+)\)\s*(?:=>|\{)/g

/** Whether nearly all variables have short names; a few alone prove nothing. */
export function hasShortNames(source: string): boolean {
  const names = [...source.matchAll(DECLARED)].flatMap(
    ([, name, list]) => name ?? list?.split(/[\s,]+/) ?? [],
  )
  const short = names.filter((name) => name.length <= SHORT_NAME)
  return names.length > 2 && short.length >= names.length * 0.9
}
