// An emulator of SQS: tells its port, counts its requests, and ends with the process that started it.
import { buildApp } from 'fauxqs'
import type { EmulatorStats } from './sqs.js'

const STATS = '/stats'

process.on('disconnect', () => process.exit())
const app = buildApp({ logger: false })
let requests = 0
app.addHook('onRequest', (request, _, done) => {
  if (request.url !== STATS) requests += 1
  done()
})
app.get(STATS, async () => {
  const { user, system } = process.cpuUsage()
  return { requests, cpu: user + system } satisfies EmulatorStats
})
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
process.send?.(typeof address === 'object' ? address?.port : undefined)
