// @ts-check
import { currentTask } from '@alligator/core'
import { charge, reserve, send } from './shop.js'

/**
 * Charges, reserves and sends. Whatever dies in between, what is done stays done: the next try goes on behind it.
 * @param {number} id
 * @param {string[]} items
 * @param {number} cents
 */
export async function order(id, items, cents) {
  const task = currentTask()
  if (!task) throw new Error('An order is made by a worker.')
  const key = `order-${id}`

  task.progress(0, 'charging')
  const paid = await task.step('charge', () => charge(key, cents))
  task.progress(1 / 3, 'reserving')
  // For the test, and to try it out: here a worker dies that was told so.
  if (process.env.DIE_AT === 'reserve') process.kill(process.pid, 'SIGKILL')
  const count = await task.step('reserve', () => reserve(key, items))
  task.progress(2 / 3, 'sending')
  const text = await task.step('send', () => send(key, `${count} things for ${paid.cents / 100} €`))
  task.log(`order ${id} is on its way`)
  return { charge: paid.id, text }
}
