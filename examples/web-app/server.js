// @ts-check
// `node server.js`: the web half. It answers at once; what is slow is a worker's, `alligator worker ./gator.js`.
import express from 'express'
import { emailsOf, findPost, latestPosts } from './database.js'
import { gator } from './gator.js'
import { home, postPage, progress } from './pages.js'
import { publish } from './publish.js'

const app = express()
app.use(express.urlencoded({ extended: false }))

app.get('/', (_request, response) => {
  response.send(home(latestPosts()))
})

app.post('/posts', async (request, response) => {
  const message = String(request.body?.message ?? '').trim()
  if (message === '' || message.length > 500)
    return void response.status(400).send('1 to 500 characters, please.')
  response.redirect(303, `/posts/${await publish(message)}`)
})

app.get('/posts/:id', (request, response) => {
  const post = findPost(Number(request.params.id))
  if (post) response.send(postPage(post, emailsOf(post.id)))
  else response.sendStatus(404)
})

/** Server-sent events: what the database says, whenever that has changed. */
app.get('/posts/:id/emails', (request, response) => {
  const id = Number(request.params.id)
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let last = ''
  const tell = () => {
    const emails = emailsOf(id)
    const html = progress(emails)
    if (html !== last) response.write(`data: ${JSON.stringify(html)}\n\n`)
    last = html
    if (emails.every(({ sent_at }) => sent_at !== null)) response.end('event: done\ndata: {}\n\n')
  }
  const timer = setInterval(tell, 100)
  response.on('close', () => clearInterval(timer))
  tell()
})

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
