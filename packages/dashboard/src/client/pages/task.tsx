import type { StoredState } from '@alligator/core'
import type { Why } from '@alligator/core/inspect'
import type { ComponentChildren, JSX } from 'preact'
import type { StoreView, TaskFacts, TaskPageView } from '../../views.js'
import { act } from '../act.js'
import { ask } from '../dialogs.js'
import { ago, count, length, moment, percent, plain, plural } from '../format.js'
import { say } from '../notices.js'
import { Button, Code, Empty, Foreign, FunctionName, Lacks, Loaded, State, Time, useNow } from '../parts.js'
import { READ_ONLY } from '../queue-actions.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

type Params = Readonly<Record<string, string>>

export function TaskPage({
  store,
  params,
}: {
  readonly store: StoreView
  readonly params: Params
}): JSX.Element {
  const { queue = '', id = '' } = params
  const live = useLive<TaskPageView>('task', { store: store.name, queue, id })
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={linkTo('overview', { store: store.name })}>Queues</a>
        <a href={linkTo('queue', { store: store.name, queue, state: live.data?.state })}>
          <Foreign text={queue} />
        </a>
      </nav>
      {store.lacks.list ? (
        <Lacks what="Its tasks cannot be looked at" why={store.lacks.list} />
      ) : (
        <Loaded live={live}>
          {(data) =>
            data.state === undefined ? (
              <Gone id={id} />
            ) : (
              <There data={data} state={data.state} store={store} refresh={live.refresh} />
            )
          }
        </Loaded>
      )}
    </>
  )
}

function Gone({ id }: { readonly id: string }): JSX.Element {
  return (
    <>
      <h1>
        Task <Foreign text={id} />
      </h1>
      <Empty title="The queue does not hold it">
        It has ended well, or was taken off. What has ended leaves its queue; the log of the worker knows how
        it went.
      </Empty>
    </>
  )
}

interface ThereProps {
  readonly data: TaskPageView
  readonly state: StoredState
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}

function There({ data, state, store, refresh }: ThereProps): JSX.Element {
  const now = useNow(data.at)
  const { task, id, queue } = data
  return (
    <>
      <header class="page-head">
        <div>
          <h1>
            {task ? <FunctionName name={task.name} /> : <Foreign text={id} />} <State state={state} />
          </h1>
          <p class="soft mono id">
            <Foreign text={id} />
          </p>
        </div>
        <Actions data={data} state={state} store={store} refresh={refresh} />
      </header>
      {task?.death && <Death death={task.death} now={now} />}
      <WhyPanel why={data.why} now={now} queue={queue} store={store} state={state} />
      {task && <Told task={task} now={now} />}
      {task && <Facts task={task} state={state} queue={queue} store={store} now={now} />}
    </>
  )
}

function Death({
  death,
  now,
}: {
  readonly death: NonNullable<TaskFacts['death']>
  readonly now: number
}): JSX.Element {
  return (
    <section class="panel death" aria-labelledby="error">
      <div class="panel-head">
        <h2 id="error">
          <span class="error-code">
            <Foreign text={death.code} />
          </span>
        </h2>
        <p class="soft small">
          died {ago(death.at, now)}, at try {death.attempt}, on <Foreign text={death.worker} />
        </p>
      </div>
      <p class="message">
        <Foreign text={death.message.text} lines />
        {death.message.size !== undefined && '…'}
      </p>
      {death.stack && <Code value={death.stack} label="Stack of the error" />}
    </section>
  )
}

function WhyPanel({
  why,
  now,
  queue,
  store,
  state,
}: {
  readonly why: readonly Why[]
  readonly now: number
  readonly queue: string
  readonly store: StoreView
  readonly state: StoredState
}): JSX.Element | null {
  if (why.length === 0) return null
  return (
    <section class="panel why" aria-labelledby="why">
      <h2 id="why">Why it {state === 'delayed' ? 'does not run yet' : 'waits'}</h2>
      <ul>
        {why.map((one) => (
          <li key={one.kind}>{reason(one, now, queue, store)}</li>
        ))}
      </ul>
    </section>
  )
}

function reason(why: Why, now: number, queue: string, store: StoreView): ComponentChildren {
  switch (why.kind) {
    case 'delayed':
      return (
        <>
          It is not due{' '}
          {why.until > now ? `for ${length(why.until - now)} more` : 'until its worker takes it'}
          {why.attempt > 1 && `: a try has failed, and try ${why.attempt} comes then`}.{' '}
          <span class="soft">{moment(why.until)}</span>
        </>
      )
    case 'paused':
    case 'function-paused':
      return (
        <>
          {why.kind === 'paused' ? 'Its queue is paused,' : 'Its function is paused,'}{' '}
          {why.until === undefined
            ? 'until somebody resumes it'
            : `for ${length(Math.max(0, why.until - now))} more`}
          {why.reason !== undefined && (
            <>
              : <Foreign text={why.reason} />
            </>
          )}
          .
        </>
      )
    case 'no-worker':
      return (
        <>
          No worker takes tasks from this queue. Start one:{' '}
          <code>alligator worker --queue {plain(queue)}</code>
        </>
      )
    case 'busy':
      return `All ${plural(why.slots, 'slot')} of its ${plural(why.workers, 'worker')} are taken.`
    case 'level':
      return `${plural(why.above, 'task')} at higher levels ${why.above === 1 ? 'goes' : 'go'} first, most of the time.`
    case 'line':
      return `Its turn comes: ${plural(why.waiting, 'task')} ${why.waiting === 1 ? 'waits' : 'wait'} in this queue.`
    case 'batch':
      return (
        <>
          It runs once <a href={linkTo('batch', { store: store.name, queue, id: why.batchId })}>its batch</a>{' '}
          has ended: {plural(why.batch.pending, 'member')} of {why.batch.total}{' '}
          {why.batch.pending === 1 ? 'has' : 'have'} not, {why.batch.failed} failed
          {why.batch.isFull ? '.' : ', and more may come.'}
        </>
      )
    case 'dependencies':
      return (
        <>
          It waits for others:
          <ul class="others">
            {why.tasks.map(({ taskId, state }) => (
              <li key={taskId}>
                <a class="mono id" href={linkTo('task', { store: store.name, queue, id: taskId })}>
                  <Foreign text={taskId} />
                </a>{' '}
                {state === 'ended' ? (
                  'has ended'
                ) : state === 'removed' ? (
                  'was removed'
                ) : (
                  <State state={state} />
                )}
              </li>
            ))}
          </ul>
        </>
      )
    default:
      return 'Something that this page does not know yet.'
  }
}

/** What it has told while it ran. */
function Told({ task, now }: { readonly task: TaskFacts; readonly now: number }): JSX.Element | null {
  const { progress, text, log = [], steps = [] } = task
  if (progress === undefined && log.length === 0 && steps.length === 0) return null
  return (
    <section class="panel" aria-labelledby="told">
      <h2 id="told">What it has told</h2>
      {progress !== undefined && (
        <p class="progress">
          <progress value={progress} aria-label="Progress" /> {percent(progress)}{' '}
          {text !== undefined && <Foreign text={text} />}
        </p>
      )}
      {steps.length > 0 && (
        <p>
          Steps that it need not make again: <Foreign text={steps.join(', ')} />
        </p>
      )}
      {log.length > 0 && (
        <ol class="log">
          {log.map(({ at, line }, index) => (
            <li key={index}>
              <Time at={at} now={now} /> <Foreign text={line} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

interface FactsProps {
  readonly task: TaskFacts
  readonly state: StoredState
  readonly queue: string
  readonly store: StoreView
  readonly now: number
}

function Facts({ task, state, queue, store, now }: FactsProps): JSX.Element {
  const { attempt, retries, enqueuedAt, until, priority, args, headers, unreadable } = task
  return (
    <section class="panel" aria-labelledby="task">
      <h2 id="task">The task</h2>
      <dl class="facts">
        <Fact name="Queue">
          <a href={linkTo('queue', { store: store.name, queue })}>
            <Foreign text={queue} />
          </a>
        </Fact>
        <Fact name="Enqueued">
          <Time at={enqueuedAt} now={now} />
        </Fact>
        {until !== undefined && (
          <Fact name={state === 'running' ? 'Lease ends' : 'Due'}>
            <Time at={until} now={now} />
          </Fact>
        )}
        {attempt !== null && state !== 'dead' && (
          <Fact name={state === 'running' ? 'Try' : 'Next try'}>
            {count(attempt)}
            {retries !== null && <span class="soft">, and {count(retries)} more if it fails</span>}
          </Fact>
        )}
        {priority && <Fact name="Priority">{priority}</Fact>}
      </dl>
      {unreadable ? (
        <p class="trouble">
          Its payload cannot be read: <Foreign text={unreadable.text} />
        </p>
      ) : (
        <>
          <h3>Arguments</h3>
          <Code value={args} label="Arguments" />
        </>
      )}
      {headers && (
        <>
          <h3>Headers</h3>
          <Code value={headers} label="Headers" />
        </>
      )}
    </section>
  )
}

function Fact({
  name,
  children,
}: {
  readonly name: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Actions({ data: { id, queue }, state, store, refresh }: ThereProps): JSX.Element {
  const run = async (action: string, done: string, otherwise: string) => {
    const answer = await act(action, { store: store.name, queue, ids: [id] })
    if (answer) say(answer.changed > 0 ? done : otherwise, answer.changed > 0 ? 'good' : 'bad')
    await refresh()
  }
  const late = 'It is in another state by now.'
  const cancel = async () => {
    const isDead = state === 'dead'
    const sure = await ask({
      title: isDead ? 'Drop this dead letter?' : 'Cancel this task?',
      text: isDead
        ? 'It is gone for good.'
        : state === 'running'
          ? 'Its worker is told to stop it, and whatever it does after that is discarded.'
          : 'It is taken off its queue for good.',
      yes: isDead ? 'Drop' : 'Cancel task',
      isDanger: true,
    })
    if (sure) await run('cancel', isDead ? 'It is dropped.' : 'It is canceled.', 'It is gone already.')
  }
  const lacks = state === 'running' ? store.lacks.cancelRunning : store.lacks.cancel
  return (
    <div class="buttons">
      {state === 'dead' && (
        <Button
          kind="main"
          why={READ_ONLY ?? store.lacks.retry}
          onClick={() => run('retry', 'It is back at work.', late)}
        >
          Retry
        </Button>
      )}
      {state === 'delayed' && (
        <Button
          kind="main"
          why={READ_ONLY ?? store.lacks.expedite}
          onClick={() => run('expedite', 'It is due now.', late)}
        >
          Make due now
        </Button>
      )}
      <Button kind="danger" why={READ_ONLY ?? lacks} onClick={cancel}>
        {state === 'dead' ? 'Drop' : 'Cancel'}
      </Button>
    </div>
  )
}
