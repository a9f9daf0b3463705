import type { JSX } from 'preact'
import type { StoreView, WorkerView, WorkersPageView } from '../../views.js'
import { count, length, moment, plural, rate } from '../format.js'
import { Empty, Foreign, FunctionName, Lacks, Loaded, useNow } from '../parts.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

export function WorkersPage({ store }: { readonly store: StoreView }): JSX.Element {
  const live = useLive<WorkersPageView>('workers', { store: store.name })
  return (
    <>
      <header class="page-head">
        <div>
          <h1>Workers</h1>
          <p class="soft">Those that said within the last half minute that they are at work.</p>
        </div>
      </header>
      {store.lacks.workers ? (
        <Lacks what="This store does not know its workers" why={store.lacks.workers} />
      ) : (
        <Loaded live={live}>{(data) => <Team data={data} store={store} />}</Loaded>
      )}
    </>
  )
}

function Team({ data, store }: { readonly data: WorkersPageView; readonly store: StoreView }): JSX.Element {
  const now = useNow(data.at)
  if (data.workers.length === 0)
    return (
      <Empty title="No worker is at work">
        Whatever is enqueued waits. Start one: <code>alligator worker</code>
      </Empty>
    )
  return (
    <>
      <div class="table-frame">
        <table class="workers">
          <thead>
            <tr>
              <th>Worker</th>
              <th>Queues</th>
              <th>Runs</th>
              <th>Slots</th>
              <th class="number">Tries/s</th>
              <th class="number wide">Tries made</th>
              <th class="number">Up for</th>
            </tr>
          </thead>
          <tbody>
            {data.workers.map((worker) => (
              <tr key={worker.id}>
                <th scope="row">
                  <Foreign text={worker.name} />
                </th>
                <td class="words">
                  {worker.queues.map((queue, at) => (
                    <>
                      {at > 0 && ', '}
                      <a href={linkTo('queue', { store: store.name, queue, state: 'running' })}>
                        <Foreign text={queue} />
                      </a>
                    </>
                  ))}
                </td>
                <td>
                  <Runs tasks={worker.tasks} store={store} now={now} />
                </td>
                <td data-label="slots">
                  <Slots running={worker.running} concurrency={worker.concurrency} />
                </td>
                <td class="number" data-label="tries/s">
                  {worker.rate === undefined ? <span class="zero">–</span> : rate(worker.rate)}
                </td>
                <td class="number wide">{count(worker.done)}</td>
                <td class="number" data-label="up for">
                  {length(Math.max(0, now - worker.startedAt))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.workers.length < data.count && (
        <p class="more">
          {plural(data.workers.length, 'worker')} of {count(data.count)} shown.
        </p>
      )}
    </>
  )
}

/** Of what a worker runs, so much is seen at once. */
const AT_ONCE = 4

/** What it runs, as far as it has told: its announcements come every ten seconds. */
function Runs({ tasks, ...rest }: RunsProps): JSX.Element {
  if (tasks.length === 0) return <span class="zero">–</span>
  const others = tasks.slice(AT_ONCE)
  return (
    <>
      <RunList tasks={tasks.slice(0, AT_ONCE)} {...rest} />
      {others.length > 0 && (
        <details>
          <summary>{count(others.length)} more</summary>
          <RunList tasks={others} {...rest} />
        </details>
      )}
    </>
  )
}

interface RunsProps {
  readonly tasks: WorkerView['tasks']
  readonly store: StoreView
  readonly now: number
}

function RunList({ tasks, store, now }: RunsProps): JSX.Element {
  return (
    <ul class="runs">
      {tasks.map(({ queue, id, name, since }) => (
        <li key={`${queue}/${id}`}>
          <a href={linkTo('task', { store: store.name, queue, id })}>
            {name === null ? (
              <span class="mono id">
                <Foreign text={id} />
              </span>
            ) : (
              <FunctionName name={name} />
            )}
          </a>{' '}
          <span class="soft small" title={moment(since)}>
            for {length(Math.max(0, now - since))}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Slots({
  running,
  concurrency,
}: {
  readonly running: number
  readonly concurrency: number
}): JSX.Element {
  const share = concurrency > 0 ? Math.min(1, running / concurrency) : 0
  return (
    <span class="slots">
      <svg viewBox="0 0 64 6" aria-hidden="true">
        <rect class="track" width="64" height="6" rx="3" />
        {share > 0 && <rect class="used" width={Math.max(6, 64 * share)} height="6" rx="3" />}
      </svg>
      {count(running)} of {count(concurrency)}
    </span>
  )
}
