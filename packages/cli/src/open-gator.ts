import { resolve } from 'node:path'
import {
  type Client,
  FunctionRefs,
  type Gator,
  type UnknownSchemeError,
  type Worker,
  hasCode,
  redactDsn,
} from '@alligator/core'
import { importFile, isModulePath } from './app-modules.js'
import { loadBackend, loadCore } from './app-packages.js'
import { UsageError } from './failure.js'

/** What an argument of the command line leads to. */
export interface Opened {
  readonly gator: Gator
  /** There when the module has a worker of its own. */
  readonly worker: Worker | undefined
  /** Whether a module has made it. */
  readonly fromModule: boolean
  /** The app's root. */
  readonly root: string
}

/** How the app is found. */
export interface AppOptions {
  /** The folder that module ids are relative to. */
  readonly root?: string
  /** Files to load before anything else. */
  readonly import?: readonly string[]
  /** The DSN of the state store. */
  readonly stateStore?: string
}

/**
 * Opens the gator for a DSN, or the one that a module exports as `gator` or as the `gator` of its `worker`; without
 * either, for what `ALLIGATOR_CONN` holds.
 *
 * @throws UsageError, ModuleFailedError, MissingBackendError, and what the constructor of Gator throws.
 */
export async function openGator(target: string | undefined, options: AppOptions): Promise<Opened> {
  const { place, root } = await prepare(target, options)
  const fromModule = isModulePath(place)
  if (fromModule && options.stateStore !== undefined) throw new UsageError(OF_THE_MODULE)
  const state = options.stateStore ?? process.env['ALLIGATOR_STATE']
  const { gator, worker } = fromModule ? await ofModule(place) : await ofDsn(place, state || undefined, root)
  if (!fromModule && gator.state) checkShared(gator.state)
  return { gator, worker, fromModule, root }
}

/**
 * A gator that reads the tasks of such a place, for a thread that is given them. For a DSN it has no store of its own; the
 * backend is there for tasks that make a Gator.
 */
export async function openReader(target: string | undefined, options: AppOptions): Promise<Gator> {
  const { place, root } = await prepare(target, options)
  if (isModulePath(place)) return (await ofModule(place)).gator
  await loadBackend(place, root)
  const { Gator } = await loadCore(root)
  return new Gator('locmem://')
}

/**
 * Refuses a store in the memory of this process: what is put there ends with the command, and nobody else has put anything
 * there.
 */
export function checkShared({ isPrivate, dsn }: Client): void {
  if (!isPrivate) return
  throw new UsageError(
    `${redactDsn(dsn)} is in the memory of this process: it is empty now, and gone when the command ends. ` +
      'Name a store that processes share, such as sqlite://tasks.db.',
  )
}

/** Loads what comes before the gator. */
async function prepare(
  target: string | undefined,
  options: AppOptions,
): Promise<{ readonly place: string; readonly root: string }> {
  const place = target ?? process.env['ALLIGATOR_CONN']
  if (!place) throw new UsageError(NOTHING_TO_OPEN)
  // For every Gator that is made from here on, also by modules that are still to be loaded.
  if (options.root !== undefined) process.env['ALLIGATOR_ROOT'] = resolve(options.root)
  const { root } = new FunctionRefs()
  for (const file of options.import ?? []) await importFile(file)
  return { place, root }
}

const OF_THE_MODULE =
  "--state-store is for a DSN, and a module's gator says by itself where its state is: new Gator(dsn, { state })."

const NOTHING_TO_OPEN =
  'Which store? Pass a DSN such as sqlite://tasks.db, or a module that exports a gator, or set ALLIGATOR_CONN.'

/** Loads a backend package only when nothing else, such as an imported file, has registered the scheme. */
async function ofDsn(dsn: string, state: string | undefined, root: string): Promise<Found> {
  const { Gator } = await loadCore(root)
  const toLoad = [dsn, ...(state === undefined ? [] : [state])]
  for (;;) {
    try {
      return { gator: new Gator(dsn, { state }) }
    } catch (error) {
      const scheme = hasCode(error, 'UNKNOWN_SCHEME') ? (error as UnknownSchemeError).scheme : undefined
      const at = toLoad.findIndex((one) => one.toLowerCase().startsWith(`${scheme}://`))
      const [missing] = at < 0 ? [] : toLoad.splice(at, 1)
      if (missing === undefined || !(await loadBackend(missing, root))) throw error
    }
  }
}

async function ofModule(path: string): Promise<Found> {
  const exported = await importFile(path)
  // `module.exports` of a CommonJS module.
  const inner = (exported['default'] ?? {}) as Record<string, unknown>
  const worker = [exported['worker'], inner['worker']].find(isWorker)
  if (worker) return { gator: worker.gator, worker }
  const gator = [exported['gator'], inner['gator']].find(isGator)
  if (gator) return { gator }
  if (exported['gator'] !== undefined || inner['gator'] !== undefined)
    throw new UsageError(
      `${path} exports a gator that is no Gator. Write: export const gator = new Gator('…')`,
    )
  const names = [...new Set([...Object.keys(exported), ...Object.keys(inner)])]
  throw new UsageError(
    `${path} exports no gator; it exports ${names.length > 0 ? names.join(', ') : 'nothing'}. ` +
      "Add: export const gator = new Gator('…')",
  )
}

type Found = { readonly gator: Gator; readonly worker?: Worker }

/** By shape: the app may have loaded another copy of core. */
function isGator(value: unknown): value is Gator {
  return (
    hasMethods(value, 'task', 'push', 'read', 'close') &&
    hasMethods((value as Gator).backend, 'reserve', 'ack')
  )
}

function isWorker(value: unknown): value is Worker {
  return hasMethods(value, 'runForever', 'stop', 'getLog') && isGator((value as Worker).gator)
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
