// @ts-check
// The slow work. A plain function: nothing in this file knows about Alligator.
import { createTransport } from 'nodemailer'
import { findPost, findUser } from './sosocial.js'

const mailer = createTransport(process.env.SMTP_URL ?? 'smtp://127.0.0.1:2525')

/**
 * Tells one user about one post.
 * @param {number} userId
 * @param {number} postId
 */
export async function sendPostEmail(userId, postId) {
  const user = findUser(userId)
  const post = findPost(postId)
  await mailer.sendMail({
    // The same for every try, so that a mail program shows an e-mail once, even if it was sent twice.
    messageId: `<post-${post.id}-user-${user.id}@sosocial.example>`,
    from: 'sosocial <posts@sosocial.example>',
    to: user.email,
    subject: `A new post by ${findUser(post.authorId).name}`,
    text: `Hello ${user.name}!\n\n${post.message}\n`,
  })
}
