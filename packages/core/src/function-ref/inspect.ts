import type { Debugger, Runtime, Session } from 'node:inspector'
import { runInThisContext } from 'node:vm'
import { oncePerProcess } from '../base/process-state.js'
import { type SourceExports, sourceExports } from './exports.js'
import type { AnyFunction } from './types.js'

/** A script that V8 has loaded. */
interface Script {
  readonly url: string
  /** What it exports, where it is an ES module. */
  readonly exports: SourceExports | undefined
}

/** A function that no script made. */
export type Sourceless = 'bound' | 'a proxy' | 'native'

/** What V8 knows about where a function came from. */
export interface Inspection {
  readonly script: Script
  /** The line that it begins on, from 1. */
  readonly line: number
  /** The column that it begins in, from 0. */
  readonly column: number
  /** The names by which an ES module exports it. */
  readonly names: readonly string[]
}

/** The scripts that V8 named, by its id for them. */
const scripts: Map<string, Script> = oncePerProcess('scripts', () => new Map())

const NO_EXPORTS: SourceExports = { byLocal: new Map(), defaultAt: new Set() }
const HANDOVER = Symbol.for('alligator.inspected')

/**
 * Asks V8, through an inspector session within this process, which script made a function.
 *
 * All of it is synchronous, and the session is gone when it returns. `Debugger.enable` reports every script of the
 * process (about 15 µs each), so it is only used for a script that was not met before.
 *
 * @throws whatever the inspector throws where it is not to be had.
 */
export function inspect(fn: AnyFunction): Inspection | Sourceless {
  return withSession((session) => inspectWith(session, fn))
}

/** The source of the script that made a function, as V8 runs it, and where in it the function begins. */
export interface Origin {
  readonly source: string
  readonly at: number
  /** The functions whose variables it uses, from the inside out; `''` for those without a name. */
  readonly within: readonly string[]
}

/** @throws as `inspect`. */
export function originOf(fn: AnyFunction): Origin {
  return withSession((session) => {
    const internal = properties(session, handOver(session, fn)).internalProperties ?? []
    const location = locationOf(internal)
    if (!location) return { source: '', at: 0, within: [] }
    const { scriptId, lineNumber, columnNumber = 0 } = location
    post(session, 'Debugger.enable')
    const { scriptSource: source } = post<Debugger.GetScriptSourceReturnType>(
      session,
      'Debugger.getScriptSource',
      { scriptId },
    )
    const before = source.split('\n').slice(0, lineNumber)
    const scopes = internal.find(({ name }) => name === '[[Scopes]]')?.value?.objectId
    const found = scopes === undefined ? [] : properties(session, scopes).result
    return {
      source,
      at: before.join('\n').length + Math.min(lineNumber, 1) + columnNumber,
      within: found.flatMap(({ value }) => {
        const [closure, name = ''] = /^Closure(?: \((.*)\))?/.exec(value?.description ?? '') ?? []
        return closure === undefined ? [] : [name]
      }),
    }
  })
}

/** Whether this process can say where a function comes from: Bun and Node.js under `--permission` cannot. */
export function hasInspector(): boolean {
  return oncePerProcess('whether there is an inspector', () => {
    try {
      return withSession(
        (session) => properties(session, handOver(session, withSession)).internalProperties !== undefined,
      )
    } catch {
      return false
    }
  })
}

function withSession<T>(step: (session: Session) => T): T {
  // Loaded here and not above: a Node.js that is built without it fails on the import.
  const { Session } = process.getBuiltinModule('node:inspector')
  const session = new Session()
  session.connect()
  try {
    return step(session)
  } finally {
    session.disconnect()
  }
}

function locationOf(internal: readonly Runtime.InternalPropertyDescriptor[]): Debugger.Location | undefined {
  return internal.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value as
    Debugger.Location | undefined
}

function inspectWith(session: Session, fn: AnyFunction): Inspection | Sourceless {
  const handle = handOver(session, fn)
  const internal = properties(session, handle).internalProperties ?? []
  const value = (name: string) => internal.find((property) => property.name === name)?.value
  const location = locationOf(internal)
  if (!location) return value('[[TargetFunction]]') ? 'bound' : value('[[Handler]]') ? 'a proxy' : 'native'
  const script = scripts.get(location.scriptId) ?? readScript(session, location.scriptId)
  const line = location.lineNumber + 1
  const column = location.columnNumber ?? 0
  if (!script.exports) return { script, line, column, names: [] }
  if (script.exports.defaultAt.has(`${location.lineNumber}:${column}`))
    return { script, line, column, names: ['default'] }
  const scopes = value('[[Scopes]]')?.objectId
  return {
    script,
    line,
    column,
    names: scopes === undefined ? [] : exportedNames(session, handle, scopes, script.exports),
  }
}

/** In jest this code runs in a context of its own, and `Runtime.evaluate` in the main one: pass it through that global. */
function handOver(session: Session, fn: AnyFunction): string {
  const main = runInThisContext('globalThis') as Record<symbol, unknown>
  Object.defineProperty(main, HANDOVER, { value: fn, configurable: true })
  try {
    const expression = `globalThis[Symbol.for('${HANDOVER.description}')]`
    return objectId(post<Runtime.EvaluateReturnType>(session, 'Runtime.evaluate', { expression }).result)
  } finally {
    Reflect.deleteProperty(main, HANDOVER)
  }
}

/** Looks at the variables of the module itself: its namespace would take an import, which can wait for its own caller. */
function exportedNames(session: Session, handle: string, scopes: string, exports: SourceExports): string[] {
  const scope = properties(session, scopes).result.find(({ value }) => value?.description === 'Module')?.value
  if (!scope) return []
  const locals = properties(session, objectId(scope)).result.filter(
    ({ name, value }) => value?.type === 'function' && exports.byLocal.has(name),
  )
  const { result } = post<Runtime.CallFunctionOnReturnType>(session, 'Runtime.callFunctionOn', {
    functionDeclaration:
      'function (...values) { return values.flatMap((value, at) => (value === this ? [at] : [])) }',
    objectId: handle,
    arguments: locals.map(({ value }) => ({ objectId: value?.objectId })),
    returnByValue: true,
  })
  return (result.value as number[]).flatMap((at) => exports.byLocal.get(locals[at]?.name ?? '') ?? [])
}

/** Learns the file of each script, since it costs the same for all, and what the one that is asked for exports. */
function readScript(session: Session, scriptId: string): Script {
  let script: Script = { url: '', exports: undefined }
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.scriptId === scriptId)
      script = { url: params.url, exports: params.isModule ? NO_EXPORTS : undefined }
    else if (isOwnScript(params)) scripts.set(params.scriptId, { url: params.url, exports: undefined })
  })
  post(session, 'Debugger.enable')
  if (script.exports) {
    const { scriptSource } = post<Debugger.GetScriptSourceReturnType>(session, 'Debugger.getScriptSource', {
      scriptId,
    })
    script = { url: script.url, exports: sourceExports(scriptSource) }
  }
  scripts.set(scriptId, script)
  return script
}

/** Of the scripts that were not asked for, keep those that probably will be: CommonJS of the app itself. */
function isOwnScript({ url, isModule }: Debugger.ScriptParsedEventDataType): boolean {
  return !isModule && /^(?:file:|\/|[a-z]:)/i.test(url) && !url.includes('/node_modules/')
}

function properties(session: Session, id: string): Runtime.GetPropertiesReturnType {
  return post(session, 'Runtime.getProperties', { objectId: id, ownProperties: true })
}

function objectId({ objectId: id }: Runtime.RemoteObject): string {
  if (id === undefined) throw new TypeError('The inspector gave a value where an object was expected.')
  return id
}

/** A session within its own thread answers before `post` returns. */
function post<T>(session: Session, method: string, params?: object): T {
  let answer: T | undefined
  let failure: Error | null = null
  session.post(method, params, (error, result) => {
    failure = error
    answer = result as T
  })
  if (failure) throw failure as Error
  if (answer === undefined) throw new Error('it does not answer at once')
  return answer
}
