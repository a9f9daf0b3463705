// @ts-check
// The slow work. Nothing in this file knows about Alligator but the question which try this is.
import { setTimeout as sleep } from 'node:timers/promises'
import { currentTask } from '@alligator/core'
import { markSent } from './database.js'

/**
 * Stands in for a mail server that takes its time, and is too busy for every third recipient at first.
 * @param {string} follower
 * @param {number} postId
 */
export async function sendPostEmail(follower, postId) {
  await sleep(100 + 40 * (follower.charCodeAt(0) % 7))
  if (follower.length % 3 === 0 && currentTask()?.attempt === 1)
    throw new Error('451 too busy, try again later')
  markSent(postId, follower)
}
