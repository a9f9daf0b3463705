// @ts-check
// What the web app does when somebody has posted: it puts one task for each follower on the queue.
import { sendPostEmail } from './emails.js'
import { gator } from './gator.js'
import { findPost, followersOf } from './sosocial.js'

const patient = gator.options({ retries: 5, backoff: ['300ms', '600ms'] })

/** @param {number} postId */
export function announcePost(postId) {
  const followers = followersOf(findPost(postId).authorId)
  return patient.taskMany(
    sendPostEmail,
    followers.map((follower) => [follower.id, postId]),
  )
}
