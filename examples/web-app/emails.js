// @ts-check
// The slow work. Nothing in this file knows about Alligator but the question which try this is.
import { setTimeout as sleep } from 'node:timers/promises'
import { currentTask } from '@alligator/core'
import { markSent, noteTry } from './database.js'

/** Whose mail servers turn the first tries away, and how many. */
const BUSY = new Map([
  ['Cleo', 1],
  ['Finn', 2],
  ['Ida', 1],
  ['Mo', 3],
])

/**
 * What it throws puts its task back on the queue, until the retries of `publish.js` are used up.
 * @param {string} follower
 * @param {number} postId
 */
export async function sendPostEmail(follower, postId) {
  const tries = currentTask()?.attempt ?? 1
  noteTry(postId, follower, tries)
  try {
    await deliver(follower, tries)
  } catch (error) {
    noteTry(postId, follower, tries, String(error instanceof Error ? error.message : error))
    throw error
  }
  markSent(postId, follower)
}

/**
 * Stands in for a mail server that takes its time.
 * @param {string} follower
 * @param {number} tries
 */
async function deliver(follower, tries) {
  await sleep(200 + 80 * (follower.charCodeAt(0) % 7))
  if (tries <= (BUSY.get(follower) ?? 0)) throw new Error('451 busy, try later')
}
