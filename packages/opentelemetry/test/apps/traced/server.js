import './tracing.js'
import { SpanKind, trace } from '@opentelemetry/api'
import express from 'express'
import { gator } from './gator.js'
import { publish } from './tasks.js'

const app = express()
const tracer = trace.getTracer('server')
// As the instrumentation of a web framework does.
app.use((request, response, next) => {
  tracer.startActiveSpan(`${request.method} ${request.path}`, { kind: SpanKind.SERVER }, (span) => {
    response.on('finish', () => span.end())
    next()
  })
})
app.post('/posts', async (request, response) => {
  const task = await gator.task(publish, 17)
  response.status(202).send(task.taskId)
})

const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', async () => {
  server.close()
  await gator.close()
})
