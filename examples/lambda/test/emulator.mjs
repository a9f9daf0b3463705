// SQS for a test, in a process of its own: tells its port, and ends with the process that started it.
import { buildApp } from 'fauxqs'

process.on('disconnect', () => process.exit())
const app = buildApp({ logger: false })
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.(app.server.address().port)
