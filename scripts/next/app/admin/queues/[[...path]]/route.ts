import { dashboard } from '@alligator/dashboard'
import { gator } from '../../../../lib/gator'

const queues = dashboard(gator, {
  authorize: (request) => request.headers.get('authorization') === 'Bearer admin' && 'write',
})

export const dynamic = 'force-dynamic'
export const GET = queues
export const POST = queues
