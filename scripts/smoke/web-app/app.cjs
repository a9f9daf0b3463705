const { createServer } = require('node:http')
const { sendPostEmail } = require('./emails.cjs')

/** `POST /posts/7` tells three friends of it, one of them after an hour. */
exports.createApp = (gator) =>
  createServer((request, response) => {
    publish(gator, Number(request.url.split('/').at(-1))).then(
      () => response.writeHead(201).end(),
      (error) => response.writeHead(500).end(error.message),
    )
  })

async function publish(gator, postId) {
  await gator.task(sendPostEmail, 1, postId)
  await gator.task(sendPostEmail, 2, postId)
  await gator.options({ delayBy: '1h', retries: 1 }).task(sendPostEmail, 3, postId)
}

/** Listens on a free port, posts, and closes. */
exports.post = async (app, postId) => {
  await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve))
  const { status } = await fetch(`http://127.0.0.1:${app.address().port}/posts/${postId}`, { method: 'POST' })
  app.closeAllConnections()
  await new Promise((resolve) => app.close(resolve))
  return status
}
