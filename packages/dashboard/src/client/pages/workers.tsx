import type { JSX } from 'preact'
import type { StoreView, WorkersPageView } from '../../views.js'
import { count, length, plural, rate } from '../format.js'
import { Empty, Foreign, Lacks, Loaded, useNow } from '../parts.js'
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
