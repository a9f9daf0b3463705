import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { DeathGroup } from '@alligator/core/inspect'
import type { DeadPageView, StoreView } from '../../views.js'
import { actOnAll } from '../act.js'
import { ask } from '../dialogs.js'
import { ago, count, length, plain, plural } from '../format.js'
import { say } from '../notices.js'
import { Button, Empty, Foreign, FunctionName, Lacks, Loaded, Skeleton, useNow } from '../parts.js'
import { READ_ONLY } from '../queue-actions.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

export function DeadPage({
  store,
  queue,
}: {
  readonly store: StoreView
  readonly queue: string | undefined
}): JSX.Element {
  const live = useLive<DeadPageView>('dead', { store: store.name, queue })
  return (
    <>
      <header class="page-head">
        <div>
          <h1>Dead letters</h1>
          <p class="soft">
            Tasks that failed for good, by what they died of.{' '}
            {queue !== undefined && (
              <a href={linkTo('dead', { store: store.name })}>Show those of all queues</a>
            )}
          </p>
        </div>
      </header>
      {store.lacks.list ? (
        <Lacks what="Dead letters cannot be looked at" why={store.lacks.list} />
      ) : (
        <Loaded live={live}>{(data) => <Groups data={data} store={store} refresh={live.refresh} />}</Loaded>
      )}
    </>
  )
}

interface GroupsProps {
  readonly data: DeadPageView
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}

function Groups({ data, store, refresh }: GroupsProps): JSX.Element {
  const now = useNow(data.at)
  const { groups, dead, seen, isCut, isPending } = data
  if (isPending) return <Skeleton />
  if (groups.length === 0 && isCut)
    return (
      <Empty title="None so far">
        There are too many queues to look through all of them: choose one, and its dead letters.
      </Empty>
    )
  if (groups.length === 0)
    return <Empty title="No dead letters">Whatever fails for good is kept here, with its error.</Empty>
  return (
    <>
      {isCut && (
        <p class="hint">
          The oldest {count(seen)} of {seen < dead ? count(dead) : 'the'} dead letters are grouped here. To
          retry or drop all of an error goes through the others too.
        </p>
      )}
      <ul class="groups">
        {groups.map((group) => (
          <Group
            key={`${group.queue}/${group.likeness}`}
            group={group}
            store={store}
            now={now}
            isCut={isCut}
            refresh={refresh}
          />
        ))}
      </ul>
    </>
  )
}

interface GroupProps {
  readonly group: DeathGroup
  readonly store: StoreView
  readonly now: number
  readonly isCut: boolean
  readonly refresh: () => Promise<void>
}

function Group({ group, store, now, isCut, refresh }: GroupProps): JSX.Element {
  const [progress, setProgress] = useState<string>()
  const { queue, name, code, message, likeness, firstAt, lastAt, lastId } = group
  const many = `${isCut ? 'at least ' : ''}${plural(group.count, 'dead letter')}`
  const run = async (action: string, doing: string, done: string) => {
    // What dies after this is another matter.
    const sent = { store: store.name, queue, likeness, until: now }
    setProgress(`${doing}…`)
    const changed = await actOnAll(action, sent, (so) => setProgress(`${doing}… ${count(so)}`))
    setProgress(undefined)
    if (changed !== undefined) say(`${plural(changed, 'dead letter')} ${done}.`)
    await refresh()
  }
  const retry = async () => {
    const title = `Retry ${many}?`
    if (await ask({ title, text: about(group), yes: 'Retry all' }))
      await run('retry-all', 'Retrying', 'put back to work')
  }
  const drop = async () => {
    const text = (
      <>
        {about(group)}
        <p>They are gone for good.</p>
      </>
    )
    if (await ask({ title: `Drop ${many}?`, text, yes: 'Drop all', isDanger: true }))
      await run('drop-all', 'Dropping', 'dropped')
  }
  return (
    <li class="group">
      <p class="group-count">
        <strong>{count(group.count)}</strong>
        <span class="soft small">{isCut ? 'so far' : group.count === 1 ? 'task' : 'tasks'}</span>
      </p>
      <div class="group-what">
        <p class="group-error">
          <span class="error-code">
            <Foreign text={code} />
          </span>{' '}
          <Foreign text={message} />
        </p>
        <p class="group-where">
          <FunctionName name={name} />
        </p>
        <p class="soft small">
          in <Foreign text={queue} /> · last {ago(lastAt, now)}
          {lastAt - firstAt >= 1 && `, over ${length(lastAt - firstAt)}`} ·{' '}
          <a href={linkTo('task', { store: store.name, queue, id: lastId })}>the last one</a> ·{' '}
          <a
            href={linkTo('queue', {
              store: store.name,
              queue,
              state: 'dead',
              task: name ?? undefined,
              error: code,
            })}
          >
            list them
          </a>
        </p>
      </div>
      <div class="buttons">
        {progress === undefined ? (
          <>
            <Button
              why={READ_ONLY ?? store.lacks.retry}
              label={`Retry all of ${plain(code)}`}
              onClick={retry}
            >
              Retry all
            </Button>
            <Button
              kind="danger"
              why={READ_ONLY ?? store.lacks.cancel}
              label={`Drop all of ${plain(code)}`}
              onClick={drop}
            >
              Drop all
            </Button>
          </>
        ) : (
          <span role="status">{progress}</span>
        )}
      </div>
    </li>
  )
}

function about({ code, message, queue }: DeathGroup): JSX.Element {
  return (
    <p>
      Those of queue <Foreign text={queue} /> that died of{' '}
      <span class="error-code">
        <Foreign text={code} />
      </span>{' '}
      <Foreign text={message} />
    </p>
  )
}
