// @ts-check
// The slow work. Nothing in this file knows about Alligator but the question which attempt this is.
import { setTimeout as sleep } from 'node:timers/promises'
import { currentTask } from '@alligator/core'
import { markSent, noteAttempt } from './database.js'

/** Whose mail servers turn the first attempts away, and how many. */
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
  const attempts = currentTask()?.attempt ?? 1
  noteAttempt(postId, follower, attempts)
  try {
    await deliver(follower, attempts)
  } catch (error) {
    noteAttempt(postId, follower, attempts, String(error instanceof Error ? error.message : error))
    throw error
  }
  markSent(postId, follower)
}

/**
 * Stands in for a mail server that takes its time.
 * @param {string} follower
 * @param {number} attempts
 */
async function deliver(follower, attempts) {
  await sleep(200 + 80 * (follower.charCodeAt(0) % 7))
  if (attempts <= (BUSY.get(follower) ?? 0)) throw new Error('451 busy for now')
}
