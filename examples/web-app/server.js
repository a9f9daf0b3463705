// @ts-check
// The web half. It answers at once; what is slow is a worker's, `alligator worker ./gator.js`.
import { dashboard } from '@alligator/dashboard'
import express from 'express'
import { join } from 'node:path'
import { emailsOf, findPost, followers, latestPosts } from './database.js'
import { gator } from './gator.js'
import { home, postPage, progress, queue } from './pages.js'
import { publish } from './publish.js'

const app = express()
app.use(express.static(join(import.meta.dirname, 'public')))
app.use(express.urlencoded({ extended: false }))

const counts = () => gator.backend.counts(gator.queueName)

app.get('/', async (_request, response) => {
  response.send(home(latestPosts(), followers.length, await counts()))
})

app.post('/posts', async (request, response) => {
  const message = String(request.body?.message ?? '').trim()
  if (message === '' || message.length > 500)
    return void response.status(400).send('1 to 500 characters, please.')
  response.redirect(303, `/posts/${await publish(message)}`)
})

app.get('/posts/:id', async (request, response) => {
  const post = findPost(Number(request.params.id))
  if (post) response.send(postPage(post, emailsOf(post.id), await counts()))
  else response.sendStatus(404)
})

/** Server-sent events: the parts of a page that change, whenever they have. */
app.get('/live', async (request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const post = findPost(Number(request.query.post))
  let last = ''
  while (!response.destroyed) {
    const emails = post && progress(emailsOf(post.id))
    const data = JSON.stringify({ counts: queue(await counts()), emails })
    if (data !== last) response.write(`data: ${data}\n\n`)
    last = data
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

// For who is on this machine, and asks by no other name: a site's may lead here, too. An app of yours asks who has signed in.
/** @param {Request} request */
const isHere = ({ url }) => /^http:\/\/(?:127\.0\.0\.1|localhost):/.test(url)
app.use('/queues', dashboard(gator, { authorize: (request) => isHere(request) && 'write' }).node)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`sosocial is at http://127.0.0.1:${port}/`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
    void gator.close()
  })
}
