import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import { type Gator, Worker, currentTask, registerTasks, silentLogger } from '../src/index.js'
import { testGator } from '../src/testing.js'

const app = express()

/** The handler of the documents: tells a page how far a task is, and how it ends. */
function following(gator: Gator, onLeft: (reason: unknown) => void) {
  return async (request: Request<{ id: string }>, response: Response): Promise<void> => {
    const { id } = request.params
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    // Else the page does not know that it is connected before there is something to tell.
    response.flushHeaders()
    const send = (event: string, data: unknown) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    const ended = gator
      .finished(id, { timeout: '10m', signal: gone.signal })
      .then((result) => send('result', result))
      .catch((error: Error) => (gone.signal.aborted ? onLeft(error) : send('failure', error.message)))
      .finally(() => response.end())
    while (!response.writableEnded && !gone.signal.aborted) {
      const { progress, text } = (await gator.lookUp(id)) ?? {}
      if (progress !== undefined) send('progress', { progress, text })
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))])
    }
  }
}

/** Reads a stream until it has what is looked for; gives all that has come. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: RegExp): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (!wanted.test(text)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The stream has ended without ${String(wanted)}: ${text}`)
    text += decoder.decode(value)
  }
  return text
}

test('a page follows a task through Express: its progress while it runs, then its result; one that leaves ends the waiting', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const paint = async (name: string) => {
    currentTask()?.progress(0.5, 'half of it')
    await gate
    return `${name} is painted`
  }
  registerTasks('express', { paint })
  await using gator = testGator({ lease: 30 })
  const left = new Promise((resolve) => {
    app.get('/tasks/:id/events', following(gator, resolve))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const task = await gator.options({ keepResult: '1h' }).task(paint, 'the door')
  const worker = new Worker(gator, { maxTasks: 1, logger: silentLogger() })
  const running = worker.runForever()
  const url = `http://127.0.0.1:${port}/tasks/${task.taskId}/events`
  const leaves = new AbortController()
  const [stays, goes] = await Promise.all([fetch(url), fetch(url, { signal: leaves.signal })])
  expect(stays.headers.get('content-type')).toBe('text/event-stream')
  const reader = stays.body?.getReader()
  if (!reader) throw new Error('the answer has no body')
  // What a task tells goes along with the next renewal of its lease.
  await gator.clock.advance('10s')
  const progress = await readUntil(reader, /event: progress\n.*\n\n/)
  expect(progress).toContain('data: {"progress":0.5,"text":"half of it"}')
  leaves.abort()
  await expect(goes.text()).rejects.toThrow(/abort/)
  expect(await left).toMatchObject({ name: 'AbortError' })
  open()
  const result = await readUntil(reader, /event: result\n.*\n\n/)
  expect(result).toContain('data: "the door is painted"')
  await running
  expect((await reader.read()).done).toBe(true)
  server.close()
  await once(server, 'close')
})
