import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort } from 'node:worker_threads'

// Notes every task that reaches a thread.
if (!isMainThread)
  parentPort.on('message', ({ type, data }) => {
    const [text] = /\{.*/.exec(data) ?? [data]
    appendFileSync(fileURLToPath(new URL('ran.log', import.meta.url)), `${type} ${JSON.parse(text).args}\n`)
  })
