// An emulator of SQS in a process of its own: `node sqs-emulator.js PORT`.
import { buildApp } from 'fauxqs'

process.on('disconnect', () => process.exit(1))
await buildApp({ logger: false }).listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
