import cronstrue from 'cronstrue'
import type { JSX } from 'preact'
import type { ScheduleView, SchedulesPageView, StoreView } from '../../views.js'
import { act } from '../act.js'
import { ask } from '../dialogs.js'
import { ago, count, moment, plain, plural } from '../format.js'
import { say } from '../notices.js'
import { Button, Empty, Foreign, FunctionName, Lacks, Loaded, State, useNow } from '../parts.js'
import { READ_ONLY } from '../queue-actions.js'
import { linkTo } from '../route.js'
import { useLive } from '../use-live.js'

export function SchedulesPage({ store }: { readonly store: StoreView }): JSX.Element {
  const live = useLive<SchedulesPageView>('schedules', { store: store.name })
  return (
    <>
      <header class="page-head">
        <div>
          <h1>Schedules</h1>
          <p class="soft">What pushes tasks by itself, and when it does so next.</p>
        </div>
      </header>
      {store.lacks.schedules ? (
        <Lacks what="This store keeps no schedules" why={store.lacks.schedules} />
      ) : (
        <Loaded live={live}>{(data) => <List data={data} store={store} refresh={live.refresh} />}</Loaded>
      )}
    </>
  )
}

interface ListProps {
  readonly data: SchedulesPageView
  readonly store: StoreView
  readonly refresh: () => Promise<void>
}

function List({ data, store, refresh }: ListProps): JSX.Element {
  const now = useNow(data.at)
  if (data.schedules.length === 0)
    return (
      <Empty title="No schedules">
        Say it where your app starts:{' '}
        <code>{"await gator.schedule('digest', '0 9 * * 1-5').task(sendDigest)"}</code>
      </Empty>
    )
  return (
    <>
      <ul class="groups">
        {data.schedules.map((schedule) => (
          <Line
            key={`${schedule.queue}/${schedule.id}`}
            schedule={schedule}
            store={store}
            now={now}
            refresh={refresh}
          />
        ))}
      </ul>
      {data.schedules.length < data.count && (
        <p class="more">
          {plural(data.schedules.length, 'schedule')} of {count(data.count)} shown.
        </p>
      )}
    </>
  )
}

interface LineProps {
  readonly schedule: ScheduleView
  readonly store: StoreView
  readonly now: number
  readonly refresh: () => Promise<void>
}

function Line({ schedule, store, now, refresh }: LineProps): JSX.Element {
  const { id, queue, next, last, runs, dropped, paused, name, args, unreadable } = schedule
  const run = async (action: string, done: string) => {
    if (await act(action, { store: store.name, queue, ids: [id] })) say(done)
    await refresh()
  }
  const remove = async () => {
    const sure = await ask({
      title: `Remove schedule ${plain(id)}?`,
      text: 'Tasks that it has pushed stay. An app that declares it puts it there again when it starts.',
      yes: 'Remove',
      isDanger: true,
    })
    if (sure) await run('remove-schedule', `Schedule ${plain(id)} is removed.`)
  }
  const [first] = next
  return (
    <li class="group schedule">
      <div class="group-what">
        <h2>
          <Foreign text={id} /> {paused && <State state="paused" />}
        </h2>
        <p>{words(schedule)}</p>
        <p class="group-where">
          {unreadable !== undefined ? (
            <span class="soft">
              It cannot be read: <Foreign text={unreadable} />
            </span>
          ) : (
            <>
              <FunctionName name={name ?? null} />
              {args && (
                <code class="args">
                  <Foreign text={args} />
                </code>
              )}
            </>
          )}
        </p>
        <p class="soft small">
          on{' '}
          <a href={linkTo('queue', { store: store.name, queue })}>
            <Foreign text={queue} />
          </a>{' '}
          · {plural(runs, 'run')}
          {dropped > 0 && `, ${plural(dropped, 'tick')} dropped`}
          {last !== undefined && `, last ${ago(last, now)}`}
        </p>
      </div>
      <div class="next">
        {first === undefined ? (
          <p class="soft">{paused ? 'No ticks until it is resumed' : unreadable ? '' : 'It is over'}</p>
        ) : (
          <>
            <p class={first < now - 60 ? 'late' : ''}>
              {first < now - 60 ? `late: was due ${ago(first, now)}` : `next ${ago(first, now)}`}
            </p>
            <details>
              <summary>next times</summary>
              <ol>
                {next.map((time) => (
                  <li key={time}>{moment(time)}</li>
                ))}
              </ol>
            </details>
          </>
        )}
      </div>
      <div class="buttons">
        <Button
          why={READ_ONLY}
          label={`Run now: ${plain(id)}`}
          onClick={() => run('run-schedule', `Schedule ${plain(id)} has pushed a task.`)}
        >
          Run now
        </Button>
        <Button
          why={READ_ONLY}
          label={`${paused ? 'Resume' : 'Pause'}: ${plain(id)}`}
          onClick={() =>
            run(
              paused ? 'resume-schedule' : 'pause-schedule',
              `Schedule ${plain(id)} is ${paused ? 'resumed' : 'paused'}.`,
            )
          }
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
        <Button kind="danger" why={READ_ONLY} label={`Remove: ${plain(id)}`} onClick={remove}>
          Remove
        </Button>
      </div>
    </li>
  )
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** When it ticks, in plain words. */
function words({ cron, every, once, timeZone = 'UTC' }: ScheduleView): string {
  if (every !== undefined) {
    const [unit, size] = UNITS.find(([, seconds]) => every % seconds === 0) ?? ['second', 1]
    return every === size ? `Every ${unit}` : `Every ${count(every / size)} ${unit}s`
  }
  if (once !== undefined) return `Once, at ${moment(once)}`
  if (cron === undefined) return ''
  return `${inWords(cron)} (${plain(timeZone)})`
}

function inWords(cron: string): string {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true })
  } catch {
    return plain(cron)
  }
}
