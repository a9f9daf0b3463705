import type { JSX } from 'preact'
import type { BatchLine, BatchesPageView, StoreView } from '../../views.js'
import { BatchState, Progress, inWords, shareOf } from '../batch-parts.js'
import { length, moment } from '../format.js'
import { Empty, Foreign, Lacks, Loaded, Skeleton, Time, useNow } from '../parts.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

const SHOWN = [
  ['open', 'In progress'],
  ['ended', 'Ended'],
] as const

type Params = Readonly<Record<string, string>>

export function BatchesPage({
  store,
  params,
}: {
  readonly store: StoreView
  readonly params: Params
}): JSX.Element {
  const { queue, after } = params
  const show = params['show'] === 'ended' ? 'ended' : 'open'
  const live = useLive<BatchesPageView>('batches', { store: store.name, queue, show, after })
  const here = (more: Params) => linkTo('batches', { store: store.name, queue, show, ...more })
  return (
    <>
      <header class="page-head">
        <div>
          <h1>Batches</h1>
          <p class="soft">
            Tasks of which is told when all of them have ended.{' '}
            {queue !== undefined && (
              <>
                Those of <Foreign text={queue} />.{' '}
                <a href={linkTo('batches', { store: store.name, show })}>Show those of all queues</a>
              </>
            )}
          </p>
        </div>
      </header>
      {store.lacks.batches ? (
        <Lacks what="This store has no batches" why={store.lacks.batches} />
      ) : (
        <>
          <nav class="tabs" aria-label="Which batches">
            {SHOWN.map(([which, label]) => (
              <a key={which} href={here({ show: which })} aria-current={which === show ? 'page' : undefined}>
                {label}
              </a>
            ))}
          </nav>
          <Loaded live={live}>
            {(data) => (
              <>
                <List data={data} store={store} show={show} />
                <nav class="pages" aria-label="Pages">
                  {after ? <a href={here({})}>First page</a> : <span />}
                  {data.next !== undefined && <a href={here({ after: data.next })}>Next page</a>}
                </nav>
              </>
            )}
          </Loaded>
        </>
      )}
    </>
  )
}

function List({
  data,
  store,
  show,
}: {
  readonly data: BatchesPageView
  readonly store: StoreView
  readonly show: 'open' | 'ended'
}): JSX.Element {
  const now = useNow(data.at)
  if (data.isPending) return <Skeleton />
  if (data.batches.length === 0 && show === 'ended')
    return <Empty title="None has ended">How a batch has ended is known for a day.</Empty>
  if (data.batches.length === 0)
    return (
      <Empty title="No batch is in progress">
        Make one:{' '}
        <code>{'await gator.batch({ onSuccess: [publish, id] }, (b) => b.taskMany(resize, sizes))'}</code>
      </Empty>
    )
  return (
    <>
      <Batches batches={data.batches} store={store} now={now} />
      {data.isCut && (
        <p class="more">
          These are the last ones. There are others: choose a queue to see all of its batches.
        </p>
      )}
    </>
  )
}

/** Batches one below the other, each with how far it is. */
export function Batches({
  batches,
  store,
  now,
}: {
  readonly batches: readonly BatchLine[]
  readonly store: StoreView
  readonly now: number
}): JSX.Element {
  return (
    <ul class="groups">
      {batches.map((batch) => (
        <li class="group batch" key={`${batch.queue}/${batch.id}`}>
          <p class="group-count">
            <strong>{shareOf(batch)}</strong>
            <BatchState batch={batch} />
          </p>
          <div class="group-what">
            <Progress batch={batch} />
            <p>{inWords(batch)}</p>
            <p class="soft small">
              <a
                class="mono id"
                href={linkTo('batch', { store: store.name, queue: batch.queue, id: batch.id })}
              >
                <Foreign text={batch.id} />
              </a>{' '}
              on{' '}
              <a href={linkTo('batches', { store: store.name, queue: batch.queue })}>
                <Foreign text={batch.queue} />
              </a>
            </p>
          </div>
          <p class="when soft">
            <When batch={batch} now={now} />
          </p>
        </li>
      ))}
    </ul>
  )
}

function When({ batch, now }: { readonly batch: BatchLine; readonly now: number }): JSX.Element {
  const { madeAt, endedAt } = batch
  if (endedAt === undefined) return madeAt === undefined ? <></> : <Time at={madeAt} now={now} />
  return (
    <>
      ended <Time at={endedAt} now={now} />
      {madeAt !== undefined && endedAt >= madeAt && (
        <span class="took" title={moment(madeAt)}>
          took {length(endedAt - madeAt)}
        </span>
      )}
    </>
  )
}
