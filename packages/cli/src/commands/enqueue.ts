import {
  type AnyFunction,
  CANCELED,
  type Gator,
  type Priority,
  type Task,
  messageOf,
  registerTasks,
} from '@alligator/core'
import { PRIORITIES } from '@alligator/core/backend'
import { type Command, Option } from 'commander'
import { newStoreCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { duration, queueName, wholeNumber } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { momentOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface EnqueueFlags extends StoreFlags {
  readonly queue?: string
  readonly delay?: number
  readonly retries?: number
  readonly timeout?: number
  readonly priority?: Priority
  readonly id?: string
  readonly check: boolean
  readonly keepResult?: number
  readonly wait?: number | true
}

/** Seconds that `--wait` waits unless told otherwise. */
const USUAL_WAIT = 30

/** `alligator enqueue`. */
export function enqueueCommand(): Command {
  return newStoreCommand('enqueue')
    .summary('put a task on a queue')
    .description(
      "Puts a call of one of the app's functions on a queue, once it has seen that the function is there.",
    )
    .argument('<function>', 'what to call, as module#function: src/emails#sendPostEmail')
    .argument('[arguments]', "what to call it with, as a JSON list: '[1, 2]' (default: nothing)")
    .option('--queue <name>', "the queue (default: all, or the gator's own)", queueName)
    .option('--delay <time>', 'not before so long from now: 5m', duration('--delay'))
    .option('--retries <n>', 'number of retries if it fails (default: 0)', wholeNumber(0))
    .option('--timeout <time>', 'the longest that one try may take', duration('--timeout'))
    .addOption(new Option('--priority <level>', 'its level (default: normal)').choices(PRIORITIES))
    .option('--id <id>', 'its id (default: a new one)')
    .option('--keep-result <time>', 'keep what it returns for so long', duration('--keep-result'))
    .option(
      '--wait [time]',
      'wait until it has ended, and print what it returned (default: 30s)',
      duration('--wait'),
    )
    .option('--no-check', 'take the function for granted: its module is not loaded here')
    .addHelpText('after', EXAMPLES)
    .action((name: string, args: string | undefined, flags: EnqueueFlags) => enqueue(name, args, flags))
}

async function enqueue(name: string, text: string | undefined, flags: EnqueueFlags): Promise<void> {
  const ref = readName(name)
  const args = readArguments(text)
  await withGator(flags, async (gator) => {
    const func = flags.check ? await gator.context.refs.load(ref) : namedOnly(ref)
    const { queue = gator.queueName, wait } = flags
    const { taskId, delayUntil } = await push(gator, queue, func, args, flags)
    if (wait !== undefined) {
      const timeout = wait === true ? USUAL_WAIT : wait
      const result = (await gator.finished(taskId, { queue, timeout })) ?? null
      return printJson(flags.json ? { queue, taskId, result } : result)
    }
    if (flags.json)
      return printJson({ queue, taskId, ...(delayUntil !== undefined && { until: delayUntil }) })
    const when = delayUntil === undefined ? '' : `, due ${momentOf(delayUntil)}`
    print(`${printable(taskId)} is on queue ${printable(queue)}${when}.`)
  })
}

async function push(
  gator: Gator,
  queue: string,
  func: AnyFunction,
  args: readonly unknown[],
  { id, retries, timeout, delay, priority, keepResult, wait }: EnqueueFlags,
): Promise<Task> {
  // Whoever waits asks for it at once.
  const keep = keepResult ?? (wait === undefined ? undefined : 60)
  const how = { queueName: queue, taskId: id, retries, timeout, delayBy: delay, priority, keepResult: keep }
  const task: Task = await gator.options(how).task(func as (...given: unknown[]) => unknown, ...args)
  if (task.status === CANCELED) throw new DroppedError(task.taskId)
  return task
}

function readName(name: string): { module: string; callable: string } {
  const at = name.lastIndexOf('#')
  const [module, callable] = [name.slice(0, at), name.slice(at + 1)]
  const id = module.replace(/^\.\//, '').replace(/\.[cm]?[jt]sx?$/, '')
  if (at > 0 && callable !== '' && id === module) return { module, callable }
  if (at > 0 && callable !== '')
    throw new UsageError(
      `"${name}" names a file. Write the module without ./ and its extension: '${id}#${callable}'.`,
    )
  throw new UsageError(`"${name}" names no function. Write module#function: 'src/emails#sendPostEmail'.`)
}

function readArguments(text = '[]'): unknown[] {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `The arguments are not JSON: ${messageOf(error)}. Pass a list, in quotes: '[1, "two"]'.`,
    )
  }
  if (Array.isArray(args)) return args
  throw new UsageError(`The arguments are not a list. Pass what the function takes in brackets: '[${text}]'.`)
}

/** A stand-in, registered under the name that is to be written. */
function namedOnly({ module, callable }: { module: string; callable: string }): AnyFunction {
  const standIn = () => undefined
  registerTasks(module, { [callable]: standIn })
  return standIn
}

/** Middleware of the app did not want the task. */
class DroppedError extends Error {
  readonly code = 'DROPPED'

  constructor(taskId: string) {
    super(printable(`Task ${taskId} is not on the queue: middleware of the app has dropped it.`))
    this.name = 'DroppedError'
  }
}

const EXAMPLES = `
Examples:
  $ alligator enqueue 'src/emails#sendPostEmail' '[1, 2]' --delay 5m --retries 3
  $ alligator enqueue 'src/reports#makeReport' '[{"year": 2026}]' --queue slow
  $ alligator enqueue 'src/images#resize' '[7]' --wait 20s`
