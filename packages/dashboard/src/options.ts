import { type Gator, InvalidOptionError } from '@alligator/core'
import type { TaskView } from '@alligator/core/inspect'
import type { ActionEvent } from './actions.js'
import { isLocal } from './local.js'

/**
 * What somebody may do: see what there is; also change it; or neither. With `who`, the name that stands in the events of what they
 * do.
 */
export type Access =
  // The empty text: where TypeScript is not strict, it takes `isAdmin && 'write'` for that, too.
  'read' | 'write' | false | '' | { readonly access: 'read' | 'write'; readonly who?: string | undefined }

/**
 * Decides about each request: from its cookies, its headers, or whatever your app knows of it. A `Response` is sent as it is, such as one
 * that leads to where one signs in.
 */
export type Authorize = (request: Request) => Access | Response | Promise<Access | Response>

/** What {@link dashboard} takes. */
export interface DashboardOptions {
  /**
   * Decides who may see the queues, and who may change them. What it throws refuses the request. It must be given, unless `NODE_ENV` is
   * `development`: then whoever sits at this very machine, and asks it by `localhost`, may do everything through `.node`.
   */
  readonly authorize?: Authorize | undefined
  /**
   * Hides what nobody is to see of a task: its arguments, its headers, what its error says. What it throws hides all of that.
   * (Default: everything is shown)
   */
  readonly redact?: ((task: TaskView) => TaskView) | undefined
  /**
   * The path that browsers find it at, such as `/admin/queues`. (Default: the path that it is asked for, which is right unless your
   * framework, or a proxy, takes a part of that away)
   */
  readonly basePath?: string | undefined
  /** The queues to show. (Default: all that hold anything; where the store cannot tell, the gator's own) */
  readonly queues?: readonly string[] | undefined
  /** Is told of each action, and who took it. What it throws is nobody's problem but its own. */
  readonly onAction?: ((event: ActionEvent) => void) | undefined
}

/** One gator, or several by the names that they are shown under. */
export type Gators = Gator | Readonly<Record<string, Gator>>

/** Those options, checked. */
export interface Settings extends DashboardOptions {
  readonly authorize: Authorize
}

const NAMES: ReadonlySet<string> = new Set<keyof DashboardOptions>([
  ...(['authorize', 'redact', 'basePath', 'queues', 'onAction'] as const),
])

/** @throws InvalidOptionError */
export function readOptions(options: DashboardOptions): Settings {
  const { authorize, redact, basePath, queues, onAction } = options
  for (const name of Object.keys(options))
    if (!NAMES.has(name))
      throw new InvalidOptionError(name, undefined, `There are: ${[...NAMES].join(', ')}.`, {
        place: 'dashboard',
      })
  for (const [name, value] of Object.entries({ authorize, redact, onAction }))
    if (value !== undefined && typeof value !== 'function')
      throw new InvalidOptionError(name, value, 'Pass a function.')
  if (basePath !== undefined && !/^(\/[^/?#]+)*\/?$/.test(basePath))
    throw new InvalidOptionError('basePath', basePath, "Pass a path, such as '/admin/queues'.")
  if (queues !== undefined && !isNames(queues))
    throw new InvalidOptionError('queues', queues, 'Pass the names of queues, as a list.')
  return { ...options, authorize: authorize ?? inDevelopment() }
}

function isNames(queues: unknown): boolean {
  return (
    Array.isArray(queues) &&
    queues.length > 0 &&
    queues.every((name) => typeof name === 'string' && name !== '')
  )
}

function inDevelopment(): Authorize {
  if (process.env['NODE_ENV'] !== 'development')
    throw new InvalidOptionError(
      'authorize',
      undefined,
      "Say who may see and change your queues: authorize: (request) => isAdmin(request) && 'write'. " +
        'It may be left out only where NODE_ENV is development.',
    )
  return (request) => {
    const isOurs = isLocal(request)
    if (isOurs === undefined)
      throw new Error(
        'who asks is known only to `.node`. Say it yourself: ' +
          "authorize: () => process.env.NODE_ENV === 'development' && 'write', where nobody else can reach the port",
      )
    return isOurs && 'write'
  }
}
