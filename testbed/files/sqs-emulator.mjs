// An emulator of SQS: `node sqs-emulator.mjs PORT`. It tells at /stats what it has done, and ends with the process that
// started it.
import { buildApp } from 'fauxqs'

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
  return { requests, cpu: user + system }
})
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
