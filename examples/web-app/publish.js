// @ts-check
import { addPost, db, followers } from './database.js'
import { sendPostEmail } from './emails.js'
import { gator } from './gator.js'

const opts = gator.options({ retries: 5, backoff: 1, timeout: '30s' })

/**
 * Stores a post and a task for each follower's e-mail: all of it, or nothing.
 * @param {string} message
 * @returns {Promise<number>} the post's id
 */
export async function publish(message) {
  const { id, queued } = db.transaction(() => {
    const postId = addPost(message)
    const calls = followers.map((follower) => /** @type {[string, number]} */ ([follower, postId]))
    return { id: postId, queued: opts.taskMany(sendPostEmail, calls) }
  })()
  await queued
  return id
}
