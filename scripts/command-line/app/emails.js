export async function sendPostEmail(userId, _postId) {
  if (userId === 13) throw new Error('550 no such mailbox')
}

export async function sendDigest(week) {
  return `The digest of ${week} is sent.`
}
