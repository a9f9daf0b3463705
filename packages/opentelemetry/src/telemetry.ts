import { InvalidOptionError, type Middleware, type Task } from '@alligator/core'
import { type OptionNames, checkNames } from '@alligator/core/backend'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  context,
  propagation,
  trace,
} from '@opentelemetry/api'
import { batchAttributes, queueAttributes, taskAttributes } from './attributes.js'
import { SNOOZE, endWithError, tellFailure, typeOf } from './endings.js'
import { Meters } from './meters.js'

const RELATIONS: readonly unknown[] = ['auto', 'link', 'parent']
const NAME = '@alligator/opentelemetry'
/** The header by which a sender says that its task is one of many. */
const MANY = 'alligator-batch'

/** What {@link telemetry} takes. */
export interface TelemetryOptions {
  /**
   * How a try belongs to the span that enqueued its task: as its child (`'parent'`), or as the root of a trace of its own that has a
   * link to it (`'link'`). `'auto'` is a child where one trace tells the whole story, which is the first try of a lone task that was not
   * delayed; retries, delayed tasks and those of `taskMany` begin traces of their own. (Default: `'auto'`)
   */
  readonly relation?: 'auto' | 'link' | 'parent'
  /** Whether the arguments of tasks are written to their spans, as JSON of at most 1 kB: they may be private. (Default: `false`) */
  readonly recordArguments?: boolean
}

const OPTIONS: OptionNames<TelemetryOptions> = { relation: true, recordArguments: true }

/**
 * Middleware that traces and measures tasks by the conventions of OpenTelemetry for messaging: a span `send <queue>` where
 * tasks are put on a queue, a span `process <queue>` for each try, and the context in headers between them. It uses the providers that
 * the app has registered; without any it does next to nothing.
 *
 * @throws InvalidOptionError
 *
 * @example
 * ```ts
 * export const gator = new Gator('redis://localhost:6379/0').use(telemetry())
 * ```
 */
export function telemetry(options: TelemetryOptions = {}): Middleware {
  checkNames('telemetry', options, OPTIONS)
  const { relation = 'auto', recordArguments = false } = options
  if (!RELATIONS.includes(relation))
    throw new InvalidOptionError('relation', relation, "Pass 'auto', 'link' or 'parent'.")
  const tracer = trace.getTracer(NAME)
  const meters = new Meters(NAME)

  return {
    enqueue(tasks, next) {
      const queue = tasks[0]?.queue
      const attributes = { ...queueAttributes('send', queue), ...batchAttributes(tasks) }
      const span = tracer.startSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes })
      const within = trace.setSpan(context.active(), span)
      for (const task of tasks) inject(within, task, tasks.length > 1)
      const end = meters.sending(queue, tasks.length)
      // Not awaited before: inside a transaction of the app the push must happen within this call.
      return context.with(within, next, undefined, tasks).then(
        (sent) => {
          // The store may have given it another id than it had.
          const [only] = sent.length === 1 ? sent : []
          if (only) span.setAttribute('messaging.message.id', only.taskId)
          end()
          span.end()
          return sent
        },
        (error: unknown) => {
          end(typeOf(error))
          endWithError(span, error)
          throw error
        },
      )
    },

    async run(task, next) {
      const sender = propagation.extract(ROOT_CONTEXT, task.headers)
      const [within, span] = begin(task, sender, {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...queueAttributes('process', task.queue),
          ...taskAttributes(task, recordArguments),
        },
      })
      const end = meters.processing(task)
      try {
        const result = await context.with(within, next)
        end()
        span.end()
        return result
      } catch (error) {
        const type = typeOf(error)
        end(type === SNOOZE ? undefined : type)
        tellFailure(span, task, error)
        throw error
      }
    },
  }

  /** Begins the span of a try, where it belongs. */
  function begin(task: Task, sender: Context, spanOptions: SpanOptions): [Context, Span] {
    const link = trace.getSpanContext(sender)
    const isChild = link !== undefined && (relation === 'auto' ? isOneStory(task) : relation === 'parent')
    // Who runs a task within something else, such as a request, is its parent if it was not sent by anybody.
    const parent = isChild ? sender : link === undefined ? context.active() : ROOT_CONTEXT
    const links = link && !isChild ? [{ context: link }] : []
    const span = tracer.startSpan(`process ${task.queue}`, { ...spanOptions, links }, parent)
    // Its baggage comes along in either case.
    return [trace.setSpan(isChild || link ? sender : parent, span), span]
  }
}

function isOneStory({ attempt, delayUntil, headers }: Task): boolean {
  return attempt === 1 && delayUntil === undefined && headers[MANY] === undefined
}

/** Writes the context to the headers of a task; what does not fit there is left out, and the task is enqueued all the same. */
function inject(within: Context, task: Task, isMany: boolean): void {
  const carrier: Record<string, string> = {}
  propagation.inject(within, carrier)
  const names = Object.keys(carrier)
  if (names.length === 0) return
  if (isMany) carrier[MANY] = '1'
  try {
    task.headers = { ...task.headers, [MANY]: undefined, ...carrier }
  } catch {
    const { traceparent } = carrier
    if (traceparent !== undefined) task.headers = { ...task.headers, traceparent }
  }
}
