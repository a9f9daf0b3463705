import type { Gator, Schedule } from '@alligator/core'
import { readTask, whyItWaits } from '@alligator/core/inspect'
import { pauseText } from '../commands/pause.js'
import { nameOf, nextText } from '../commands/schedules.js'
import { describeTask } from '../commands/show.js'
import { levelsText } from '../commands/status.js'
import { factLines } from '../fact-lines.js'
import { counted } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { localTimeOf, timingOf } from '../schedule-words.js'
import { painted } from '../table.js'
import { type QueueThroughput, meanText, shareText } from '../throughput-status.js'
import { lengthOf, momentOf } from '../times.js'
import { whyText } from '../why-words.js'
import { runnersOf, shortName } from '../worker-status.js'
import type { Row } from './rows.js'
import type { Snapshot } from './snapshot.js'

/** Times of a schedule that are told. */
const TICKS = 5

/** Everything about what is selected, line by line. */
export async function detailsOf(gator: Gator, row: Row, snapshot: Snapshot): Promise<string[]> {
  if (row.part === 'queues') return queueDetails(row.key, snapshot)
  if (row.part === 'schedules') return scheduleDetails(gator, row.schedule)
  const { queue, taskId } = row.task
  const task = await readTask(gator, queue, taskId)
  if (!task) return [`${printable(taskId)} is not on queue ${printable(queue)} any more.`]
  const why = (await whyItWaits(gator, task)).map((one) => whyText(one, snapshot.at))
  return describeTask(task, why, runnersOf(snapshot.workers)(task))
}

function queueDetails(name: string, { queues, workers, throughput }: Snapshot): string[] {
  const status = queues.find(({ queue }) => queue === name)
  if (!status) return [`Queue ${printable(name)} holds nothing any more.`]
  const { waiting, delayed, running, dead, oldest, levels, paused } = status
  const serving = workers?.filter((worker) => worker.queues.includes(name))
  const ended = throughput?.find(({ queue }) => queue === name)
  const names = serving?.map((worker) => printable(shortName(worker.name))).join(', ')
  return factLines([
    ['queue', printable(name)],
    ['tasks', `${waiting} waiting, ${delayed} delayed, ${running} running, ${dead} dead`],
    ['oldest', oldest === null ? null : `waits since ${lengthOf(oldest)}`],
    ['levels', levels && levelsText(levels)],
    ['paused', paused && pauseText({ queue: name, ...paused })],
    ['workers', names === '' ? 'No worker takes tasks from it.' : names],
    ['last hour', ended && endedText(ended.hour)],
    ['last day', ended && endedText(ended.day)],
  ])
}

function endedText(figures: QueueThroughput['hour']): string {
  const { tried, failed } = figures
  const share = failed > 0 ? `, ${failed} failed (${shareText(figures)})` : ''
  return `${counted(tried, 'try').replace('trys', 'tries')}${share}, ${meanText(figures)} each on average`
}

async function scheduleDetails(gator: Gator, schedule: Schedule): Promise<string[]> {
  const { id, queue, timeZone = 'UTC', last, runs, dropped, task } = schedule
  const times = await schedule.upcoming(TICKS)
  const facts = factLines([
    ['schedule', printable(id)],
    ['queue', printable(queue)],
    ['when', timingOf(schedule)],
    ['task', printable(nameOf(gator, schedule) ?? '')],
    ['arguments', task && printableJson(task.funcArgs)],
    ['next', painted(nextText(schedule, gator.clock.now()))],
    ['last', last ? momentOf(last.getTime() / 1000) : 'never'],
    ['ticks', `${runs} made, ${dropped} dropped`],
  ])
  return [...facts, ...times.map((time) => `  ${localTimeOf(time, timeZone)}`)]
}

/** What can be seen, and what keys do. */
export const HELP: readonly string[] = [
  'QUEUES            tasks by state; DONE/S: tries that ended, for each second of the',
  '                  last minute; NOTE: why its tasks do not run',
  'ENDED             how tries have ended within the last hour and the last day',
  'WORKERS           who is at work, and what they run; they tell it every 10 seconds',
  'RUNNING AND NEXT  what runs, on which worker and for how long, and what comes next',
  'DEAD LETTERS      what failed for good, and the error',
  '',
  '↑ ↓  or  k j      select a row',
  'tab               select the first row of the next table',
  'enter             show everything about the row; esc goes back',
  'r                 put the dead letter back to work; run the schedule now',
  'R                 put all dead letters of the queue back to work',
  'c                 cancel the task',
  'p                 pause the queue or the schedule, or let it go on',
  'd                 drop the queue with all its tasks; remove the schedule',
  '?                 this page',
  'q                 quit',
]
