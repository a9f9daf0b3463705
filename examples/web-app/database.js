// @ts-check
// The app's own data, in one file with its queue, so that a post and its tasks are stored together.
import Database from 'better-sqlite3'
import { join } from 'node:path'

export const db = new Database(process.env.SOSOCIAL_DB ?? join(import.meta.dirname, 'sosocial.sqlite3'))
db.pragma('journal_mode = WAL')
db.pragma('busy_timeout = 5000')
db.exec(`
  CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, message TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS emails (
    post_id INTEGER NOT NULL,
    follower TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    sent_at TEXT,
    PRIMARY KEY (post_id, follower)
  ) WITHOUT ROWID;
`)

/** Who follows the one author of this small network. */
export const followers = [
  'Ben',
  'Cleo',
  'Dev',
  'Edda',
  'Finn',
  'Gus',
  'Hana',
  'Ida',
  'Jon',
  'Kai',
  'Lea',
  'Mo',
]

/** @typedef {{ id: number, message: string, sent: number }} Post */
/** @typedef {{ follower: string, attempts: number, problem: string | null, sent_at: string | null }} Email */

const POSTS = `
  SELECT id, message, (SELECT count(sent_at) FROM emails WHERE post_id = posts.id) AS sent FROM posts`

const insertPost = db.prepare('INSERT INTO posts (message) VALUES (?)')
const insertEmail = db.prepare('INSERT INTO emails (post_id, follower) VALUES (?, ?)')
const selectPosts = db.prepare(`${POSTS} ORDER BY id DESC LIMIT 20`)
const selectPost = db.prepare(`${POSTS} WHERE id = ?`)
const selectEmails = db.prepare('SELECT follower, attempts, problem, sent_at FROM emails WHERE post_id = ?')
const updateAttempt = db.prepare(
  'UPDATE emails SET attempts = ?, problem = ? WHERE post_id = ? AND follower = ?',
)
const updateSent = db.prepare(
  'UPDATE emails SET sent_at = ? WHERE post_id = ? AND follower = ? AND sent_at IS NULL',
)

/**
 * @param {string} message
 * @returns {number} its id
 */
export function addPost(message) {
  const id = Number(insertPost.run(message).lastInsertRowid)
  for (const follower of followers) insertEmail.run(id, follower)
  return id
}

/** @returns {Post[]} */
export function latestPosts() {
  return /** @type {Post[]} */ (selectPosts.all())
}

/**
 * @param {number} id
 * @returns {Post | undefined}
 */
export function findPost(id) {
  return /** @type {Post | undefined} */ (selectPost.get(id))
}

/**
 * @param {number} postId
 * @returns {Email[]}
 */
export function emailsOf(postId) {
  return /** @type {Email[]} */ (selectEmails.all(postId))
}

/**
 * Notes that an e-mail is attempted, or what the attempt has failed of.
 * @param {number} postId
 * @param {string} follower
 * @param {number} attempts
 * @param {string | null} problem
 */
export function noteAttempt(postId, follower, attempts, problem = null) {
  updateAttempt.run(attempts, problem, postId, follower)
}

/**
 * Notes that an e-mail has gone out. A second time changes nothing: a task may run twice.
 * @param {number} postId
 * @param {string} follower
 */
export function markSent(postId, follower) {
  updateSent.run(new Date().toISOString(), postId, follower)
}
