exports.sent = []

exports.sendPostEmail = async function sendPostEmail(userId, postId) {
  if (userId === 13) throw new Error('this mailbox is full')
  exports.sent.push(`post ${postId} to user ${userId}`)
}
