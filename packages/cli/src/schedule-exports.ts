import type { Schedule } from '@alligator/core'
import { printable } from './printable.js'

/** What can tick by itself. */
export type ExportName = 'crontab' | 'eventbridge' | 'vercel' | 'k8s'
export const EXPORTS: readonly ExportName[] = ['crontab', 'eventbridge', 'vercel', 'k8s']

/** A schedule that is written for something else. */
interface Exported {
  readonly id: string
  /** 5 fields. */
  readonly cron: string
  readonly timeZone: string
  /** What pushes its task. */
  readonly command: string
}

/** Schedules in the form of something that ticks by itself, and a comment for each that it cannot have. */
export function exportLines(
  form: ExportName,
  schedules: readonly Schedule[],
  nameOf: (schedule: Schedule) => string | undefined,
): string[] {
  const exported: Exported[] = []
  const left: string[] = []
  for (const schedule of schedules) {
    const cron = cronOf(schedule)
    const name = nameOf(schedule)
    const { id, queue, timeZone = 'UTC', task } = schedule
    if (cron === undefined || name === undefined) left.push(id)
    else {
      const words = [
        'alligator',
        'enqueue',
        quoted(name),
        quoted(JSON.stringify(task?.funcArgs ?? [])),
        '--queue',
        quoted(queue),
      ]
      exported.push({ id, cron, timeZone, command: words.join(' ') })
    }
  }
  const mark = form === 'crontab' || form === 'k8s' ? '#' : '//'
  const notes = left.map((id) => `${mark} ${printable(id)}: left out, it has no form with 5 fields`)
  return [...notes, ...FORMS[form](exported)]
}

const FORMS: Readonly<Record<ExportName, (exported: readonly Exported[]) => string[]>> = {
  crontab: (all) =>
    all.flatMap(({ id, cron, timeZone, command }) => [
      `# ${printable(id)}`,
      `CRON_TZ=${timeZone}`,
      // A percent sign ends the command there.
      `${cron} ${command.replaceAll('%', String.raw`\%`)}`,
    ]),
  eventbridge: (all) =>
    all.map(({ id, cron, timeZone, command }) =>
      JSON.stringify({
        Name: id.replaceAll(/[^\w.-]/g, '-').slice(0, 64),
        ScheduleExpression: `cron(${forAmazon(cron)})`,
        ScheduleExpressionTimezone: timeZone,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Input: JSON.stringify({ command }) },
      }),
    ),
  vercel: (all) => [
    JSON.stringify(
      { crons: all.map(({ id, cron }) => ({ path: `/api/cron/${encodeURIComponent(id)}`, schedule: cron })) },
      undefined,
      2,
    ),
  ],
  k8s: (all) =>
    all.flatMap(({ id, cron, timeZone, command }) => [
      '---',
      'apiVersion: batch/v1',
      'kind: CronJob',
      `metadata: { name: ${JSON.stringify(nameForCluster(id))} }`,
      'spec:',
      `  schedule: ${JSON.stringify(cron)}`,
      `  timeZone: ${JSON.stringify(timeZone)}`,
      '  concurrencyPolicy: Forbid',
      '  jobTemplate:',
      '    spec:',
      '      template:',
      '        spec:',
      '          restartPolicy: OnFailure',
      '          containers:',
      '            - name: enqueue',
      '              image: YOUR-IMAGE',
      `              command: ["sh", "-c", ${JSON.stringify(command)}]`,
    ]),
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** 5 fields, where there is such a form. */
function cronOf({ cron, every }: Schedule): string | undefined {
  if (cron !== undefined) return withFiveFields(NICKNAMES[cron.toLowerCase()] ?? cron)
  if (every === undefined || every % 60 !== 0) return undefined
  const minutes = every / 60
  if (minutes < 60 && 60 % minutes === 0) return minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`
  const hours = minutes / 60
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0)
    return hours === 1 ? '0 * * * *' : `0 */${hours} * * *`
  return hours === 24 ? '0 0 * * *' : undefined
}

function withFiveFields(cron: string): string | undefined {
  const fields = cron.split(' ')
  if (fields.length === 6 && fields[0] === '0') fields.shift()
  const [, , day = '', , weekday = ''] = fields
  // Beside the names of weekdays, what no other cron understands.
  const isOdd = /[l#w?+]/i.test(day + weekday.replaceAll(/[a-z]{3}/gi, ''))
  return fields.length === 5 && !isOdd ? fields.join(' ') : undefined
}

/** Six fields, of which one of the days is a question mark; weekdays count from 1. */
function forAmazon(cron: string): string {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.split(' ')
  const shifted = weekday.replaceAll(/(?<![\w/])[0-7](?!\w)/g, (digit) => String((Number(digit) % 7) + 1))
  return weekday === '*'
    ? `${minute} ${hour} ${day} ${month} ? *`
    : `${minute} ${hour} ? ${month} ${shifted} *`
}

function nameForCluster(id: string): string {
  return (
    id
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 52) || 'schedule'
  )
}

/** For a shell: nothing in it means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
