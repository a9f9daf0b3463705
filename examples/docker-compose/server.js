// @ts-check
// The app: a form that enqueues, and the dashboard of the queue.
import { createServer } from 'node:http'
import { dashboard } from '@alligator/dashboard'
import { gator } from './gator.js'
import { writeReport } from './reports.js'

const FORM = `<!doctype html>
<html lang="en">
<meta name="color-scheme" content="light dark">
<title>Reports</title>
<body style="font: 16px/1.5 system-ui; max-width: 30rem; margin: 4rem auto; padding: 0 1rem">
<h1>Reports</h1>
<form method="post"><input name="topic" value="alligators" required> <button>Write one</button></form>
<p><a href="/queues">The queue</a> has it then, and a worker writes it.</p>`

// For who is on this machine, to which compose.yaml publishes the port, and asks by no other name: a site's may lead here, too.
// An app of yours asks who has signed in.
const queues = dashboard(gator, {
  authorize: ({ url }) => /^http:\/\/(?:127\.0\.0\.1|localhost):/.test(url) && 'write',
})

const server = createServer((request, response) => {
  if (request.url?.startsWith('/queues')) return queues.node(request, response)
  if (request.method === 'POST') return void order(request, response)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(FORM)
})

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function order(request, response) {
  let body = ''
  for await (const part of request) body += part
  const topic = new URLSearchParams(body).get('topic')?.slice(0, 100) || 'nothing'
  try {
    await gator.task(writeReport, topic)
    response.writeHead(303, { location: '/' }).end()
  } catch (error) {
    // Such as a Redis that cannot be reached.
    console.error(error)
    response.writeHead(503).end('The report could not be ordered. Please try again later.')
  }
}

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`Reports are ordered at http://localhost:${port}/`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
    void gator.close()
  })
}
