import { dashboard } from '@alligator/dashboard'
import { gator } from '../../../lib/gator'

// An app of yours asks who has signed in. Here the browser asks for a password, and without one in the environment nobody gets in.
const { QUEUES_PASSWORD } = process.env

const queues = dashboard(gator, {
  authorize(request) {
    const expected = `Basic ${btoa(`admin:${QUEUES_PASSWORD}`)}`
    if (QUEUES_PASSWORD && request.headers.get('authorization') === expected) return 'write'
    return new Response('Who is it?', {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="queues"' },
    })
  },
})

export const dynamic = 'force-dynamic'
export const GET = queues
export const POST = queues
