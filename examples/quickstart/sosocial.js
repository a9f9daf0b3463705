// @ts-check
// Stands in for the database of "sosocial", a social network. It lives in memory and is the same in every process;
// in your app these functions would ask your database.

/** @typedef {{ readonly id: number, readonly name: string, readonly email: string }} User */
/** @typedef {{ readonly id: number, readonly authorId: number, readonly message: string }} Post */

/** @type {User[]} */
const users = Array.from({ length: 201 }, (_, index) => {
  const id = index + 1
  return { id, name: id === 1 ? 'Ada' : `Reader ${id}`, email: `user-${id}@sosocial.example` }
})

/** @type {Post[]} */
const posts = [{ id: 1, authorId: 1, message: 'I have moved my slow code off the request. See you later!' }]

/** @param {number} id */
export function findUser(id) {
  return found(
    users.find((user) => user.id === id),
    `user ${id}`,
  )
}

/** @param {number} id */
export function findPost(id) {
  return found(
    posts.find((post) => post.id === id),
    `post ${id}`,
  )
}

/**
 * Everybody follows everybody.
 * @param {number} userId
 */
export function followersOf(userId) {
  return users.filter((user) => user.id !== userId)
}

/**
 * @template T
 * @param {T | undefined} row
 * @param {string} what
 * @returns {T}
 */
function found(row, what) {
  if (row === undefined) throw new Error(`There is no ${what}.`)
  return row
}
