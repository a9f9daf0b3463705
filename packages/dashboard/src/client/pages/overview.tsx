import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { HourView, OverviewView, QueueView, StoreView } from '../../views.js'
import { EndedChart, HeldChart, Spark } from '../charts.js'
import { count, length, percent, plain, plural, rate } from '../format.js'
import { Button, Empty, Foreign, Loaded, State, useNow } from '../parts.js'
import { READ_ONLY, togglePause } from '../queue-actions.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

export function Overview({ store }: { readonly store: StoreView }): JSX.Element {
  const [filter, setFilter] = useState('')
  const [sort, setSort] = useState('')
  const [most, setMost] = useState(50)
  const live = useLive<OverviewView>('overview', { store: store.name, filter, sort, most: String(most) })
  return (
    <Loaded live={live}>
      {(data) => (
        <>
          <h1 class="sr">Overview</h1>
          <Totals data={data} store={store} />
          <LastHour data={data} />
          <section aria-labelledby="queues">
            <div class="section-head">
              <h2 id="queues">
                Queues <span class="tally">{count(data.count)}</span>
              </h2>
              <Filter onChange={setFilter} />
              <label class="select">
                <span class="sr">Order</span>
                <select onChange={(event) => setSort(event.currentTarget.value)}>
                  <option value="">by name</option>
                  <option value="waiting">most waiting</option>
                  <option value="oldest">longest wait</option>
                  <option value="running">most running</option>
                  <option value="dead">most dead</option>
                </select>
              </label>
            </div>
            <Queues queues={data.queues} store={store} refresh={live.refresh} isFiltered={filter !== ''} />
            {data.queues.length < data.count && (
              <p class="more">
                {plural(data.queues.length, 'queue')} of {count(data.count)} shown.{' '}
                {most < 200 && <Button onClick={() => setMost(200)}>Show more</Button>}
              </p>
            )}
            {data.totals.looked < data.count && filter === '' && (
              <p class="more">
                {count(data.totals.looked)} of them were looked at so far, a part at a time. The sums are of
                these.
              </p>
            )}
          </section>
        </>
      )}
    </Loaded>
  )
}

/** What is typed is asked for once there is a pause. */
function Filter({ onChange }: { readonly onChange: (filter: string) => void }): JSX.Element {
  const timer = useRef<number | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const changed = (value: string) => {
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => onChange(value.trim()), 250)
  }
  return (
    <input
      type="search"
      class="search"
      data-search
      placeholder="Find a queue"
      aria-label="Find a queue"
      onInput={(event) => changed(event.currentTarget.value)}
    />
  )
}

function Totals({ data, store }: { readonly data: OverviewView; readonly store: StoreView }): JSX.Element {
  const { totals, team } = data
  // Before any was looked at, a sum of none would say that there is nothing.
  const isPending = totals.looked === 0 && data.count > 0
  const told = (sum: number) => (isPending ? '…' : `${store.exactCounts ? '' : 'about '}${count(sum)}`)
  return (
    <div class="tiles">
      <Tile
        label="Waiting"
        state="waiting"
        value={told(totals.waiting)}
        note={isPending ? 'being counted' : waitNote(data)}
      />
      <Tile
        label="Running"
        state="running"
        value={told(totals.running)}
        note={team ? `${count(team.slots)} slots in ${plural(team.workers, 'worker')}` : ''}
      />
      <Tile
        label="Delayed"
        state="delayed"
        value={told(totals.delayed)}
        note="not due yet, or to be tried again"
      />
      <Tile
        label="Dead"
        state="dead"
        value={told(totals.dead)}
        note={
          totals.dead > 0 ? (
            <a href={linkTo('dead', { store: store.name })}>See what they died of</a>
          ) : isPending ? (
            'being counted'
          ) : (
            'none'
          )
        }
      />
      <Tile
        label="Tries per second"
        value={team?.rate === undefined ? '–' : rate(team.rate)}
        note={triesNote(data)}
      />
    </div>
  )
}

function triesNote({ team, hour }: OverviewView): string {
  if (hour && hour.tried > 0) return `${count(hour.tried)} in the last hour, ${share(hour)} failed`
  if (!team) return 'this store knows no workers'
  return team.rate === undefined ? 'known after some seconds' : 'over the last minute'
}

function share({ tried, failed }: HourView): string {
  return failed === 0 ? 'none' : percent(failed / tried)
}

function waitNote({ queues, totals }: OverviewView): string {
  const oldest = Math.max(-1, ...queues.map((queue) => queue.oldest ?? -1))
  if (totals.paused > 0) return `${plural(totals.paused, 'queue')} paused`
  return oldest >= 0 ? `the first one for ${length(oldest)}` : 'nothing waits'
}

function Tile({
  label,
  value,
  note,
  state,
}: {
  readonly label: string
  readonly value: string
  readonly note: JSX.Element | string
  readonly state?: string
}): JSX.Element {
  return (
    <div class={`tile ${state ?? ''}`}>
      <p class="tile-label">
        {state && <i class={`dot ${state}`} />}
        {label}
      </p>
      <p class="tile-value">{value}</p>
      <p class="tile-note">{note}</p>
    </div>
  )
}

function LastHour({ data }: { readonly data: OverviewView }): JSX.Element {
  const now = useNow(data.at)
  const { ended, history } = data
  return (
    <div class={ended ? 'charts' : ''}>
      {ended && (
        <section aria-labelledby="ended" class="panel">
          <div class="panel-head">
            <h2 id="ended">Tries, each minute</h2>
          </div>
          <EndedChart
            ended={ended}
            now={now}
            label="How tries have ended, minute by minute, over the last hour"
          />
        </section>
      )}
      <section aria-labelledby="hour" class="panel">
        <div class="panel-head">
          <h2 id="hour">Last hour</h2>
          <p class="soft small">as far as somebody looked</p>
        </div>
        <HeldChart
          history={history}
          states={['waiting', 'running', 'dead']}
          now={now}
          label="Waiting, running and dead tasks over the last hour"
        />
      </section>
    </div>
  )
}

interface QueuesProps {
  readonly queues: readonly QueueView[]
  readonly store: StoreView
  readonly refresh: () => Promise<void>
  readonly isFiltered: boolean
}

function Queues({ queues, store, refresh, isFiltered }: QueuesProps): JSX.Element {
  if (queues.length === 0)
    return isFiltered ? (
      <Empty title="No queue has such a name" />
    ) : (
      <Empty title="No tasks yet">
        A queue appears here with its first task: <code>await gator.task(fn, ...args)</code>
      </Empty>
    )
  // Of the last hour, where the store keeps that.
  const hasHour = queues.some(({ hour }) => hour !== undefined)
  return (
    <div class="table-frame">
      <table class="queues">
        <thead>
          <tr>
            <th>Queue</th>
            <th class="wide">Last hour</th>
            <th class="number">Waiting</th>
            <th class="number">Running</th>
            <th class="number">Delayed</th>
            <th class="number">Dead</th>
            <th class="number wide">Oldest waits</th>
            <th class="number wide">Change</th>
            {hasHour && <th class="number wide">Tries/h</th>}
            {hasHour && <th class="number wide">Failed</th>}
            <th class="wide">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <QueueRow key={queue.queue} queue={queue} store={store} refresh={refresh} hasHour={hasHour} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function QueueRow({
  queue,
  store,
  refresh,
  hasHour,
}: {
  readonly queue: QueueView
  readonly store: StoreView
  readonly refresh: () => Promise<void>
  readonly hasHour: boolean
}): JSX.Element {
  const { hour } = queue
  const link = (state: string) => linkTo('queue', { store: store.name, queue: queue.queue, state })
  const number = (state: 'waiting' | 'running' | 'delayed' | 'dead') => (
    <td class="number" data-label={state}>
      {queue.isPending ? (
        <span class="zero">…</span>
      ) : queue[state] === 0 ? (
        <span class="zero">0</span>
      ) : (
        <a href={link(state)} class={`count ${state}`}>
          {count(queue[state])}
        </a>
      )}
    </td>
  )
  return (
    <tr>
      <th scope="row">
        <a class="row-link" href={link('waiting')}>
          <Foreign text={queue.queue} />
        </a>
        {queue.paused && <State state="paused" />}
        {queue.full && <span class="flag">full</span>}
      </th>
      <td class="wide">
        <Spark
          points={queue.trend}
          label={`${hour ? 'Tries' : 'Tasks'} of ${plain(queue.queue)} over the last hour`}
        />
      </td>
      {number('waiting')}
      {number('running')}
      {number('delayed')}
      {number('dead')}
      <td class="number wide">
        {queue.oldest === null ? <span class="zero">–</span> : length(queue.oldest)}
      </td>
      <td class="number wide">
        <Growth growth={queue.growth} />
      </td>
      {hasHour && (
        <td class="number wide">{hour?.tried ? count(hour.tried) : <span class="zero">–</span>}</td>
      )}
      {hasHour && (
        <td class="number wide">
          {hour?.failed ? <span class="count dead">{share(hour)}</span> : <span class="zero">–</span>}
        </td>
      )}
      <td class="wide row-actions">
        <Button
          why={READ_ONLY ?? store.lacks.pause}
          label={`${queue.paused ? 'Resume' : 'Pause'} queue ${plain(queue.queue)}`}
          onClick={async () => {
            await togglePause(store, queue)
            await refresh()
          }}
        >
          {queue.paused ? 'Resume' : 'Pause'}
        </Button>
      </td>
    </tr>
  )
}

function Growth({ growth }: { readonly growth: number | undefined }): JSX.Element {
  if (growth === undefined || Math.abs(growth) < 0.05) return <span class="zero">–</span>
  return (
    <span>
      {growth > 0 ? '↑' : '↓'} {rate(Math.abs(growth))}/s
    </span>
  )
}
