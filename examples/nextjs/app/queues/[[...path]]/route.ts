import { dashboard } from '@alligator/dashboard'
import { gator } from '../../../lib/gator'

// An app of yours asks who it is.
const queues = dashboard(gator, {
  authorize: ({ url }) => (new URL(url).hostname === 'localhost' ? 'write' : false),
})

export const dynamic = 'force-dynamic'
export const GET = queues
export const POST = queues
