import type { StoredState } from '@alligator/core'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { BatchLine, BatchPageView, CallbackLine, StoreView, TaskLine } from '../../views.js'
import { actOnAll } from '../act.js'
import { BatchState, Progress, inWords, shareOf } from '../batch-parts.js'
import { ask } from '../dialogs.js'
import { count, length, plural } from '../format.js'
import { say } from '../notices.js'
import {
  Button,
  Empty,
  Foreign,
  FunctionName,
  Lacks,
  Loaded,
  Skeleton,
  State,
  Time,
  useNow,
} from '../parts.js'
import { READ_ONLY } from '../queue-actions.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'
import { Batches } from './batches.js'

const STATES: readonly StoredState[] = ['running', 'waiting', 'delayed']

export function BatchPage({
  store,
  params,
}: {
  readonly store: StoreView
  readonly params: Readonly<Record<string, string>>
}): JSX.Element {
  const { queue = '', id = '' } = params
  const live = useLive<BatchPageView>('batch', { store: store.name, queue, id })
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={linkTo('batches', { store: store.name })}>Batches</a>
        <a href={linkTo('batches', { store: store.name, queue })}>
          <Foreign text={queue} />
        </a>
      </nav>
      {store.lacks.batches ? (
        <Lacks what="This store has no batches" why={store.lacks.batches} />
      ) : (
        <Loaded live={live}>
          {(data) =>
            data.batch ? (
              <There data={data} batch={data.batch} store={store} refresh={live.refresh} />
            ) : (
              <>
                <h1>
                  Batch <Foreign text={id} />
                </h1>
                <Empty title="There is no such batch">
                  It was never made on this queue, or ended more than a day ago.
                </Empty>
              </>
            )
          }
        </Loaded>
      )}
    </>
  )
}

interface ThereProps {
  readonly data: BatchPageView
  readonly batch: BatchLine
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}

function There({ data, batch, store, refresh }: ThereProps): JSX.Element {
  const now = useNow(data.at)
  const { madeAt, endedAt, pending } = batch
  return (
    <>
      <header class="page-head">
        <div>
          <h1>
            Batch <BatchState batch={batch} />
          </h1>
          <p class="soft mono id">
            <Foreign text={batch.id} />
          </p>
        </div>
        {endedAt === undefined && <Cancel batch={batch} store={store} refresh={refresh} />}
      </header>
      <section class="panel" aria-labelledby="far">
        <div class="panel-head">
          <h2 id="far">{shareOf(batch)}</h2>
          <p class="soft">{inWords(batch)}</p>
        </div>
        <Progress batch={batch} />
        <dl class="facts">
          <Figure name="Succeeded" value={batch.succeeded} kind="running" />
          <Figure name="Failed" value={batch.failed} kind="dead" />
          <Figure name="To come" value={pending} kind="waiting" />
          <div>
            <dt>Made</dt>
            <dd>
              <Time at={madeAt} now={now} />
            </dd>
          </div>
          {endedAt !== undefined && (
            <div>
              <dt>Ended</dt>
              <dd>
                <Time at={endedAt} now={now} />
                {madeAt !== undefined && endedAt >= madeAt && (
                  <span class="soft">, after {length(endedAt - madeAt)}</span>
                )}
              </dd>
            </div>
          )}
        </dl>
        {batch.failed > 0 && (
          <p class="more">
            What has died of them is among the{' '}
            <a href={linkTo('dead', { store: store.name, queue: batch.queue })}>dead letters of its queue</a>.
          </p>
        )}
      </section>
      {data.isPending ? (
        <Skeleton />
      ) : (
        <>
          <Callbacks data={data} batch={batch} store={store} />
          {pending > 0 && <Members data={data} batch={batch} store={store} now={now} />}
        </>
      )}
    </>
  )
}

function Figure({
  name,
  value,
  kind,
}: {
  readonly name: string
  readonly value: number
  readonly kind: string
}): JSX.Element {
  return (
    <div>
      <dt>
        <i class={`dot ${kind}`} /> {name}
      </dt>
      <dd>{value === 0 ? <span class="zero">0</span> : count(value)}</dd>
    </div>
  )
}

const ENDS: Readonly<Record<CallbackLine['end'], string>> = {
  success: 'When all have succeeded',
  failure: 'When one has not',
  done: 'In any case',
}

/** What it ends with. Of what is not there any more nobody knows whether it was ever there. */
function Callbacks({
  data: { callbacks },
  batch,
  store,
}: {
  readonly data: BatchPageView
  readonly batch: BatchLine
  readonly store: StoreView
}): JSX.Element {
  const hasEnded = batch.endedAt !== undefined
  return (
    <section class="panel" aria-labelledby="callbacks">
      <h2 id="callbacks">{hasEnded ? 'What it ended with' : 'What it ends with'}</h2>
      {callbacks.length === 0 ? (
        <p class="soft">{hasEnded ? 'Nothing of it is left to run.' : 'Nothing runs when it ends.'}</p>
      ) : (
        <dl class="facts">
          {callbacks.map(({ end, id, name, state }) => (
            <div key={end}>
              <dt>{ENDS[end]}</dt>
              <dd>
                <a class="row-link" href={linkTo('task', { store: store.name, queue: batch.queue, id })}>
                  <FunctionName name={name} />
                </a>{' '}
                {hasEnded && <State state={state} />}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

interface MembersProps {
  readonly data: BatchPageView
  readonly batch: BatchLine
  readonly store: StoreView
  readonly now: number
}

function Members({ data, batch, store, now }: MembersProps): JSX.Element {
  const { members, seen, tasks, batches } = data
  const isAll = seen + batches.length >= batch.pending
  return (
    <section aria-labelledby="members">
      <div class="section-head">
        <h2 id="members">
          To come <span class="tally">{count(batch.pending)}</span>
        </h2>
        <p class="legend">
          {STATES.map((state) => (
            <span key={state}>
              <i class={`dot ${state}`} />
              {state} <b>{count(members[state] ?? 0)}</b>
            </span>
          ))}
          {!isAll && <span>of the {plural(seen, 'member')} that were looked at</span>}
        </p>
      </div>
      {batches.length > 0 && <Batches batches={batches} store={store} now={now} />}
      {tasks.length > 0 && (
        <div class="table-frame">
          <table class="members">
            <thead>
              <tr>
                <th>Member</th>
                <th>Arguments</th>
                <th>State</th>
                <th class="number">Enqueued</th>
              </tr>
            </thead>
            <tbody>
              {tasks.map((task) => (
                <Member key={task.id} task={task} store={store} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tasks.length < batch.pending - batches.length && (
        <p class="more">The first {count(tasks.length)} of them are shown, what runs before what waits.</p>
      )}
    </section>
  )
}

function Member({
  task,
  store,
  now,
}: {
  readonly task: TaskLine
  readonly store: StoreView
  readonly now: number
}): JSX.Element {
  return (
    <tr>
      <td>
        <a class="row-link" href={linkTo('task', { store: store.name, queue: task.queue, id: task.id })}>
          <FunctionName name={task.name} />
        </a>
      </td>
      <td class="words">
        <code>
          <Foreign text={task.args} />
        </code>
      </td>
      <td>
        <State state={task.state} />
      </td>
      <td class="number when">
        <Time at={task.enqueuedAt} now={now} />
      </td>
    </tr>
  )
}

function Cancel({
  batch,
  store,
  refresh,
}: {
  readonly batch: BatchLine
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}): JSX.Element {
  const [progress, setProgress] = useState<string>()
  const cancel = async () => {
    const sure = await ask({
      title: 'Cancel this batch?',
      text: `${plural(batch.pending, 'member')} of it ${batch.pending === 1 ? 'is' : 'are'} taken off, those that run too, and it takes no more. What it has for a failure runs.`,
      yes: 'Cancel batch',
      isDanger: true,
    })
    if (!sure) return
    setProgress('Canceling…')
    const sent = { store: store.name, queue: batch.queue, ids: [batch.id] }
    const changed = await actOnAll('cancel-batch', sent, (so) => setProgress(`Canceling… ${count(so)}`))
    setProgress(undefined)
    if (changed !== undefined) say(`The batch is canceled, and ${plural(changed, 'member')} of it.`)
    await refresh()
  }
  return (
    <div class="buttons">
      {progress === undefined ? (
        <Button kind="danger" why={READ_ONLY ?? store.lacks.cancelRunning} onClick={cancel}>
          Cancel
        </Button>
      ) : (
        <span role="status">{progress}</span>
      )}
    </div>
  )
}
