import { type DeathReason, type Gator, Worker, registerTasks, silentLogger } from '@alligator/core'
import {
  alarm,
  callWebhook,
  charge,
  cleanUp,
  makeThumbnail,
  publish,
  renderReport,
  sendNewsletter,
  sendPostEmail,
} from './mail.js'

// As an app would have them, in pictures too.
registerTasks('src/mail', { sendPostEmail, sendNewsletter, charge })
registerTasks('src/jobs', { callWebhook, makeThumbnail, renderReport })
registerTasks('src/albums', { alarm, cleanUp, publish })

/** The queues of a shop on a day like any other: what waits, what is late, what has died and of what. */
export async function setScene(gator: Gator): Promise<void> {
  const on = (queueName: string) => inQueue(gator, queueName)
  const posts = Array.from({ length: 240 }, (_, at): [number, number] => [1000 + at * 7, 5021])
  const mails = on('mail')
  await die(gator, 'mail', DEATHS)
  await mails.options({ retries: 3 }).taskMany(sendPostEmail, posts)
  await mails.options({ priority: 'high' }).task(sendPostEmail, 7, 1)
  await mails.options({ delayBy: '4h' }).task(sendNewsletter, 'weekly digest')
  const reports = on('reports')
  for (const month of ['2026-09', '2026-10', '2026-11'])
    await reports.options({ delayBy: '9h' }).task(renderReport, month, { format: 'pdf', pages: 48 })
  await on('thumbnails').taskMany(
    makeThumbnail,
    Array.from({ length: 36 }, (_, at): [string, number[]] => [
      `uploads/${at}/portrait.jpg`,
      [64, 256, 1024],
    ]),
  )
  const webhooks = on('webhooks')
  await die(gator, 'webhooks', WEBHOOK_DEATHS)
  await webhooks.taskMany(callWebhook, [
    ['https://shop.example/hooks/orders', { order: 4711, total: '84.90' }],
    ['https://shop.example/hooks/orders', { order: 4712, total: '12.00' }],
  ])
  await webhooks.pause({ reason: 'the partner is under maintenance' })
  await on('search-index').task(renderReport, 'products', { format: 'json', pages: 1 })
  await setSchedules(on('reports'), on('mail'))
  await setBatches(on('albums'))
}

/** Albums whose pictures are made smaller: one half done, one where some have failed, one that is canceled, one that has ended. */
async function setBatches(gator: Gator): Promise<void> {
  const album = (name: string, pictures: number) =>
    gator.batch({ onSuccess: [publish, name], onFailure: [alarm, name], onDone: [cleanUp, name] }, (b) =>
      b.taskMany(
        makeThumbnail,
        Array.from({ length: pictures }, (_, at): [string, number[]] => [
          `${name}/${at + 1}.jpg`,
          [64, 256, 1024],
        ]),
      ),
    )
  const end = async (succeeded: number, failed: number) => {
    const taken = await gator.backend.reserve(['albums'], { limit: succeeded + failed, lease: 600 })
    await gator.backend.ack(taken.slice(0, succeeded))
    for (const delivery of taken.slice(succeeded))
      await gator.backend.bury(delivery, deathOf('EIMAGE', 'Input buffer holds no image', 2, 60))
  }
  await album('iceland', 24)
  await end(24, 0)
  await end(2, 0)
  await album('wedding', 180)
  await end(112, 3)
  await album('garden', 40)
  await gator.backend.reserve(['albums'], { limit: 2, lease: 600 })
  const canceled = await album('drafts', 12)
  await canceled.cancel()
}

async function setSchedules(reports: Gator, mail: Gator): Promise<void> {
  const berlin = { timeZone: 'Europe/Berlin' } as const
  await mail.schedule('weekly-digest', '0 9 * * 1', berlin).task(sendNewsletter, 'weekly digest')
  await reports
    .schedule('monthly-report', '30 6 1 * *', berlin)
    .task(renderReport, 'last', { format: 'pdf', pages: 48 })
  await reports
    .schedule('clean-up', { every: '15m' })
    .task(renderReport, 'clean-up', { format: 'none', pages: 0 })
  const [paused] = await reports.schedules()
  await paused?.pause()
}

/** The same store, with another queue for what is enqueued. */
function inQueue(gator: Gator, queueName: string): Gator {
  return new (gator.constructor as typeof Gator)(gator.backend, { queueName })
}

type Death = readonly [count: number, code: string, message: (at: number) => string, attempt: number]

const DEATHS: readonly Death[] = [
  [14, 'ETIMEDOUT', (at) => `connect ETIMEDOUT 10.0.3.${at + 10}:587`, 4],
  [6, 'EENVELOPE', (at) => `No recipients defined for user ${4000 + at}`, 1],
  [1, 'ERROR', () => "Cannot read properties of undefined (reading 'locale')", 4],
]

const WEBHOOK_DEATHS: readonly Death[] = [
  [9, 'HTTP_502', (at) => `https://shop.example/hooks/orders answered 502 after ${at + 3} s`, 6],
]

async function die(gator: Gator, queue: string, deaths: readonly Death[]): Promise<void> {
  const own = inQueue(gator, queue)
  for (const [count, code, message, attempt] of deaths)
    for (let at = 0; at < count; at += 1) {
      if (queue === 'mail') await own.task(sendPostEmail, 4000 + at, 5021)
      else await own.task(callWebhook, 'https://shop.example/hooks/orders', { order: 4000 + at })
      const [delivery] = await gator.backend.reserve([queue], { lease: 30 })
      if (delivery) await gator.backend.bury(delivery, deathOf(code, message(at), attempt, 3600 - at * 60))
    }
}

function deathOf(code: string, message: string, attempt: number, ago: number): DeathReason {
  const stack = [
    `Error: ${message}`,
    '    at SMTPConnection._formatError (/app/node_modules/nodemailer/lib/smtp-connection/index.js:790:19)',
    '    at SMTPConnection._onTimeout (/app/node_modules/nodemailer/lib/smtp-connection/index.js:224:22)',
    '    at sendPostEmail (/app/dist/mail.js:41:9)',
  ].join('\n')
  return { code, message, stack, at: Date.now() / 1000 - ago, worker: 'web-1 (#812)', attempt }
}

/** Workers for some of the queues, and for `sendNewsletter` tasks to hold. */
export function hire(gator: Gator, toConsume: string | readonly string[], concurrency: number): Worker {
  return new Worker(gator, { toConsume, concurrency, logger: silentLogger() })
}
