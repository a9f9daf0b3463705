// @ts-check
// `node run.mjs`: somebody posts, and 200 followers get an e-mail each, from a worker that runs beside the app.
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Inbox, PACE } from './inbox.js'
import { Progress } from './progress.js'
import { WORKER_ARGS, WorkerProcess } from './worker.js'

/** Seconds that everything may take. */
const LIMIT = 60

/** Aborted, with an error that says why, when the story must not go on. */
const halt = new AbortController()
const { signal } = halt

/** Whatever happens, nothing of this run is left behind. */
const folder = mkdtempSync(join(tmpdir(), 'alligator-quickstart-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(name, () => {
    process.exitCode = 128 + constants.signals[name]
    halt.abort(new Error(`Stopped by ${name}.`))
  })
}
process.stdout.on('error', (error) => halt.abort(error))
setTimeout(() => halt.abort(new Error(`It did not end within ${LIMIT} s.`)), LIMIT * 1000).unref()

async function story() {
  const inbox = new Inbox()
  process.env.SMTP_URL = await inbox.open()
  process.env.ALLIGATOR_CONN = `sqlite://${pathToFileURL(join(folder, 'tasks.sqlite3')).pathname}`
  // Only now, because this is when the app reads the two variables.
  const { gator } = await import('./gator.js')
  try {
    const expected = await post()
    await deliver(gator, inbox, expected)
    summarize(expected, inbox)
    if (inbox.delivered.size < expected) throw new Error(await whyLost(gator))
  } finally {
    await gator.close()
    await inbox.close()
  }
}

/** What the web request does, and all that it waits for. */
async function post() {
  const { announcePost } = await import('./new-post.js')
  console.log('Ada posts on sosocial, and each of her followers wants an e-mail.\n')
  const start = performance.now()
  const tasks = await announcePost(1)
  const milliseconds = Math.round(performance.now() - start)
  console.log(
    `  queue   ${tasks.length} tasks in ${milliseconds} ms, which is all that the web request waits for`,
  )
  return tasks.length
}

/**
 * Runs a worker until the queue is empty.
 * @param {import('@alligator/core').Gator} gator
 * @param {Inbox} inbox
 * @param {number} expected
 */
async function deliver(gator, inbox, expected) {
  signal.throwIfAborted()
  const worker = new WorkerProcess()
  console.log(`  worker  alligator ${WORKER_ARGS.join(' ')} (process ${worker.pid})\n`)
  /** @param {number | string} code */
  const crashed = (code) => new Error(`The worker ended with ${code}. It said last:\n${worker.log}`)
  void worker.ended.then((code) => halt.abort(crashed(code)))
  try {
    await untilDone(gator, inbox, new Progress(expected))
  } finally {
    // After a Ctrl-C nobody wants to wait.
    await worker.stop(signal.aborted ? 1 : 10)
  }
  if ((await worker.ended) !== 0) throw crashed(await worker.ended)
}

/**
 * @param {import('@alligator/core').Gator} gator
 * @param {Inbox} inbox
 * @param {Progress} progress
 */
async function untilDone(gator, inbox, progress) {
  for (;;) {
    const { waiting, delayed, running } = await gator.backend.counts(gator.queueName)
    progress.show(inbox.delivered.size, `${inbox.turnedAway} turned away at first`)
    if (waiting + delayed + running === 0) break
    await sleep(50, undefined, { signal })
  }
  progress.end()
}

/**
 * @param {number} expected
 * @param {Inbox} inbox
 */
function summarize(expected, { delivered, turnedAway, first, latest }) {
  const copies = [...delivered.values()].reduce((sum, count) => sum + count, 0)
  const rate = Math.round(delivered.size / ((latest - first) / 1000))
  console.log(`
  delivered   ${delivered.size}, one for each follower
  duplicates  ${copies - delivered.size}
  retried     ${turnedAway}, because the mail server had said "try again later"
  lost        ${expected - delivered.size}
  speed       ${rate} tasks a second; one after the other they would take ${(expected * PACE) / 1000} s

Now by hand, in three terminals in examples/quickstart:
  node mail-server.mjs              a mail server, which says who gets what
  npx alligator worker ./gator.js   a worker
  node post.mjs                     a new post
And then: docs/tutorial.md`)
}

/** @param {import('@alligator/core').Gator} gator */
async function whyLost(gator) {
  const dead = await gator.backend.listing?.list(gator.queueName, 'dead', { limit: 1 })
  return `Some e-mails were not delivered. ${dead?.tasks[0]?.reason?.message ?? 'Nothing is known of their tasks.'}`
}

try {
  await story()
} catch (error) {
  const { message } = signal.aborted ? signal.reason : error
  console.error(`\nThe quickstart did not end well: ${message}`)
  process.exitCode ||= 1
}
