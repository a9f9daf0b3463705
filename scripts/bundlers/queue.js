import { Gator, registerTasks } from '@alligator/core'

const gator = new Gator('locmem://')

/** As an app that has read how to go on with a bundler. */
function register(tasks) {
  if (process.env.REGISTER) registerTasks('shop', tasks)
}

/** Enqueues each task: its payload, or why there is none. */
export async function enqueueAll(tasks) {
  register(tasks)
  const answers = {}
  for (const [name, fn] of Object.entries(tasks)) {
    try {
      const { taskId } = await gator.task(fn)
      const stored = await gator.backend.listing.list('all', 'waiting')
      answers[name] = { payload: stored.tasks.find((task) => task.taskId === taskId).data }
    } catch ({ code, message }) {
      answers[name] = { code, message }
    }
  }
  return answers
}

/** Runs each payload, as a worker of this build: what it gave, or why it did not run. */
export async function workOff(tasks, payloads) {
  register(tasks)
  const answers = {}
  for (const [name, payload] of Object.entries(payloads)) {
    await gator.backend.push('all', JSON.parse(payload).task_id, payload)
    try {
      answers[name] = (await gator.pop()).result
    } catch ({ code }) {
      answers[name] = code
    }
  }
  return answers
}
