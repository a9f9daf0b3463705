import type { StoredState } from '@alligator/core'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { QueuePageView, StoreView, TaskLine } from '../../views.js'
import { act } from '../act.js'
import { EndedChart, HeldChart } from '../charts.js'
import { ask } from '../dialogs.js'
import { ago, count, length, moment, percent, plain, plural } from '../format.js'
import { say } from '../notices.js'
import { Button, Empty, Foreign, FunctionName, Lacks, Loaded, State, useNow } from '../parts.js'
import { READ_ONLY, togglePause } from '../queue-actions.js'
import { go, linkTo } from '../route.js'
import { type Live, useLive } from '../use-live.js'

const STATES: readonly StoredState[] = ['waiting', 'running', 'delayed', 'dead']

type Params = Readonly<Record<string, string>>

export function QueuePage({
  store,
  params,
}: {
  readonly store: StoreView
  readonly params: Params
}): JSX.Element {
  const state = STATES.find((one) => one === params['state']) ?? 'waiting'
  const name = params['queue'] ?? ''
  const { after, task, error, priority } = params
  const live = useLive<QueuePageView>('queue', {
    store: store.name,
    queue: name,
    state,
    after,
    task,
    error,
    priority,
  })
  const here = (more: Readonly<Record<string, string | undefined>>) =>
    linkTo('queue', { store: store.name, queue: name, state, task, error, priority, ...more })
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={linkTo('overview', { store: store.name })}>Queues</a>
      </nav>
      <Loaded live={live}>
        {(data) => (
          <>
            <Head data={data} store={store} refresh={live.refresh} />
            <LastHour data={data} name={name} />
            <nav class="tabs" aria-label="States">
              {STATES.map((one) => (
                <a
                  key={one}
                  href={here({ state: one, after: undefined, error: one === 'dead' ? error : undefined })}
                  aria-current={one === state ? 'page' : undefined}
                >
                  <i class={`dot ${one}`} />
                  {one[0]?.toUpperCase()}
                  {one.slice(1)}{' '}
                  <span class="tally">{data.queue.isPending ? '…' : count(data.queue[one])}</span>
                </a>
              ))}
            </nav>
            {store.lacks.list ? (
              <Lacks what="Its tasks cannot be listed" why={store.lacks.list} />
            ) : (
              <>
                <Filters state={state} store={store} params={params} here={here} />
                <Tasks data={data} state={state} store={store} live={live} here={here} params={params} />
              </>
            )}
          </>
        )}
      </Loaded>
    </>
  )
}

function LastHour({ data, name }: { readonly data: QueuePageView; readonly name: string }): JSX.Element {
  const { ended, history, at } = data
  return (
    <div class={ended ? 'charts' : ''}>
      {ended && (
        <section class="panel" aria-labelledby="ended">
          <div class="panel-head">
            <h2 id="ended">Tries, each minute</h2>
          </div>
          <EndedChart
            ended={ended}
            now={at}
            label={`How tries of ${plain(name)} have ended, minute by minute`}
          />
        </section>
      )}
      <section class="panel" aria-labelledby="hour">
        <div class="panel-head">
          <h2 id="hour">Last hour</h2>
          <p class="soft small">as far as somebody looked</p>
        </div>
        <HeldChart history={history} now={at} label={`Tasks of ${plain(name)} over the last hour`} />
      </section>
    </div>
  )
}

function Head({
  data: { queue, at },
  store,
  refresh,
}: {
  readonly data: QueuePageView
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}): JSX.Element {
  const now = useNow(at)
  const { paused, oldest, levels, hour } = queue
  return (
    <header class="page-head">
      <div>
        <h1>
          <Foreign text={queue.queue} /> {paused && <State state="paused" />}
        </h1>
        <p class="soft">
          {queue.isPending
            ? 'It is being counted'
            : oldest === null
              ? 'Nothing waits'
              : `The first task has waited for ${length(oldest)}`}
          {hour && hour.tried > 0 && ` · ${plural(hour.tried, 'try', 'tries')} in the last hour`}
          {hour && hour.failed > 0 && `, ${percent(hour.failed / hour.tried)} failed`}
          {hour?.mean != null && `, ${length(hour.mean)} each`}
          {levels &&
            ` · by level: ${Object.entries(levels)
              .map(([level, n]) => `${count(n)} ${level}`)
              .join(', ')}`}
          {queue.full && ' · as many dead letters as the store keeps: the oldest are dropped'}
        </p>
        {paused && (
          <p class="paused-note">
            Paused {ago(paused.since, now)}
            {paused.until !== undefined && `, for ${length(Math.max(0, paused.until - now))} more`}
            {paused.reason !== undefined && (
              <>
                : <Foreign text={paused.reason} />
              </>
            )}
          </p>
        )}
      </div>
      <div class="buttons">
        <Button
          why={READ_ONLY ?? store.lacks.pause}
          onClick={async () => {
            await togglePause(store, queue)
            await refresh()
          }}
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
      </div>
    </header>
  )
}

type Here = (more: Readonly<Record<string, string | undefined>>) => string

function Filters({
  state,
  store,
  params,
  here,
}: {
  readonly state: StoredState
  readonly store: StoreView
  readonly params: Params
  readonly here: Here
}): JSX.Element {
  const submit = (event: Event) => {
    event.preventDefault()
    const sent = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => {
      const value = sent.get(name)
      return (typeof value === 'string' && value.trim()) || undefined
    }
    const id = text('id')
    if (id === undefined)
      go(here({ task: text('task'), error: text('error'), priority: text('priority'), after: undefined }))
    else go(linkTo('task', { store: store.name, queue: params['queue'], id }))
  }
  const isFiltered = ['task', 'error', 'priority'].some((name) => params[name])
  return (
    <form class="filters" onSubmit={submit} role="search">
      <input
        name="task"
        data-search
        aria-label="Function"
        placeholder="Function"
        defaultValue={params['task'] ?? ''}
        key={`t${params['task']}`}
      />
      {state === 'dead' && (
        <input
          name="error"
          aria-label="Error"
          placeholder="Error, or a part of it"
          defaultValue={params['error'] ?? ''}
          key={`e${params['error']}`}
        />
      )}
      {state !== 'dead' && !store.lacks.levels && (
        <select name="priority" aria-label="Priority" key={`p${params['priority']}`}>
          <option value="">any priority</option>
          {['highest', 'high', 'normal', 'low', 'lowest'].map((level) => (
            <option key={level} value={level} selected={params['priority'] === level}>
              {level}
            </option>
          ))}
        </select>
      )}
      <input name="id" aria-label="Id of a task" placeholder="Id of a task" class="mono" />
      <button class="button plain">Find</button>
      {isFiltered && (
        <a href={here({ task: undefined, error: undefined, priority: undefined, after: undefined })}>
          Show all
        </a>
      )}
    </form>
  )
}

interface TasksProps {
  readonly data: QueuePageView
  readonly state: StoredState
  readonly store: StoreView
  readonly live: Live<QueuePageView>
  readonly here: Here
  readonly params: Params
}

function Tasks({ data, state, store, live, here, params }: TasksProps): JSX.Element {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const place = `${params['queue']}?${state}?${params['after'] ?? ''}`
  useEffect(() => setChosen(new Set()), [place])
  const now = useNow(data.at)
  const { tasks } = data
  const there = tasks.filter(({ id }) => chosen.has(id))
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(chosen)
    if (isOn) next.add(id)
    else next.delete(id)
    setChosen(next)
  }
  const isSearch = Boolean(params['task'] || params['error'] || params['priority'])
  const end = async () => {
    setChosen(new Set())
    await live.refresh()
  }
  return (
    <>
      <Chosen tasks={there} state={state} store={store} onDone={end} />
      {tasks.length === 0 ? (
        <Empty title={isSearch ? (data.next === undefined ? 'None of them' : 'None so far') : NOTHING[state]}>
          {isSearch && `${plural(data.seen, 'task')} looked at.`}
        </Empty>
      ) : (
        <div class="table-frame">
          <table class="tasks">
            <thead>
              <tr>
                <th class="check">
                  <input
                    type="checkbox"
                    aria-label="Choose all of this page"
                    checked={there.length === tasks.length}
                    onChange={(event) =>
                      setChosen(new Set(event.currentTarget.checked ? tasks.map(({ id }) => id) : []))
                    }
                  />
                </th>
                <th>Task</th>
                <th>{state === 'dead' ? 'Error' : 'Arguments'}</th>
                <th class="wide">Id</th>
                <th class="number wide">Try</th>
                <th class="number">{WHEN[state]}</th>
              </tr>
            </thead>
            <tbody>
              {tasks.map((task) => (
                <TaskRow
                  key={task.id}
                  task={task}
                  link={linkTo('task', {
                    store: store.name,
                    queue: task.queue,
                    id: task.id,
                  })}
                  now={now}
                  isChosen={chosen.has(task.id)}
                  onChoose={(isOn) => toggle(task.id, isOn)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <nav class="pages" aria-label="Pages">
        {params['after'] ? <a href={here({ after: undefined })}>First page</a> : <span />}
        {data.next !== undefined && (
          <a href={here({ after: data.next })}>{isSearch ? 'Look further' : 'Next page'}</a>
        )}
      </nav>
    </>
  )
}

const NOTHING: Readonly<Record<StoredState, string>> = {
  waiting: 'Nothing waits',
  running: 'Nothing runs',
  delayed: 'Nothing is delayed',
  dead: 'No dead letters',
}

const WHEN: Readonly<Record<StoredState, string>> = {
  waiting: 'Enqueued',
  running: 'Lease ends',
  delayed: 'Due',
  dead: 'Died',
}

function TaskRow({
  task,
  link,
  now,
  isChosen,
  onChoose,
}: {
  readonly task: TaskLine
  readonly link: string
  readonly now: number
  readonly isChosen: boolean
  readonly onChoose: (isOn: boolean) => void
}): JSX.Element {
  const at = task.state === 'dead' ? task.diedAt : (task.until ?? task.enqueuedAt)
  return (
    <tr aria-selected={isChosen}>
      <td class="check">
        <input
          type="checkbox"
          aria-label={`Choose task ${plain(task.id)}`}
          checked={isChosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <td>
        <a class="row-link" href={link}>
          <FunctionName name={task.name} />
        </a>
        {task.priority && <span class="flag">{task.priority}</span>}
      </td>
      <td class="words">
        {task.state === 'dead' ? (
          <>
            <span class="error-code">
              <Foreign text={task.code ?? ''} />
            </span>{' '}
            <Foreign text={task.message ?? ''} />
          </>
        ) : (
          <code>
            <Foreign text={task.args} />
          </code>
        )}
      </td>
      <td class="wide mono id">
        <Foreign text={task.id} />
      </td>
      <td class="number wide">{task.attempt ?? '–'}</td>
      <td class="number when" title={at == null ? '' : moment(at)}>
        {at == null ? '–' : ago(at, now)}
      </td>
    </tr>
  )
}

/** What can be done with the tasks that were chosen. */
function Chosen({
  tasks,
  state,
  store,
  onDone,
}: {
  readonly tasks: readonly TaskLine[]
  readonly state: StoredState
  readonly store: StoreView
  readonly onDone: () => Promise<void>
}): JSX.Element | null {
  if (tasks.length === 0) return null
  const ids = tasks.map(({ id }) => id)
  const queue = tasks[0]?.queue
  const run = async (action: string, done: string) => {
    const answer = await act(action, { store: store.name, queue, ids })
    if (answer) say(`${plural(answer.changed, 'task')} ${done}.`)
    await onDone()
  }
  const drop = async () => {
    const isDead = state === 'dead'
    const sure = await ask({
      title: `${isDead ? 'Drop' : 'Cancel'} ${plural(tasks.length, 'task')}?`,
      text: isDead
        ? 'They are gone for good.'
        : 'They are taken off the queue for good; what runs is stopped.',
      yes: isDead ? 'Drop' : 'Cancel tasks',
      isDanger: true,
    })
    if (sure) await run('cancel', isDead ? 'dropped' : 'canceled')
  }
  return (
    <div class="chosen" role="region" aria-label="Chosen tasks">
      <span>{plural(tasks.length, 'task')} chosen</span>
      {state === 'dead' && (
        <Button
          kind="main"
          why={READ_ONLY ?? store.lacks.retry}
          onClick={() => run('retry', 'put back to work')}
        >
          Retry
        </Button>
      )}
      {state === 'delayed' && (
        <Button
          kind="main"
          why={READ_ONLY ?? store.lacks.expedite}
          onClick={() => run('expedite', 'due now')}
        >
          Make due now
        </Button>
      )}
      <Button
        kind="danger"
        why={READ_ONLY ?? (state === 'running' ? store.lacks.cancelRunning : store.lacks.cancel)}
        onClick={drop}
      >
        {state === 'dead' ? 'Drop' : 'Cancel'}
      </Button>
    </div>
  )
}
