import { Gator } from '@alligator/core'
import '@alligator/redis'
import '@alligator/postgres'
import { startRedis, startPostgres, psql } from '../../testbed/dist/esm/index.js'
import { dashboard } from './dist/esm/index.js'
for (const start of [startRedis, startPostgres]) {
  const server = await start()
  const gator = new Gator(server.dsn, { queueName: 'big' })
  const t0 = performance.now()
  let mid
  for (let part = 0; part < 100; part++) {
    const items = Array.from({ length: 10000 }, (_, i) => ({ taskId: crypto.randomUUID(), data: JSON.stringify({ task_id: 'x', retries: 3, is_async: true, module: 'src/mail', callable: 'sendPostEmail', args: [i, part] }) }))
    if (part === 50) mid = items[0].taskId
    await gator.backend.pushMany('big', items)
  }
  await gator.backend.pushMany('small', Array.from({ length: 3000 }, (_, i) => ({ taskId: crypto.randomUUID(), data: JSON.stringify({ task_id: 'x', retries: 3, is_async: true, module: 'src/mail', callable: 'charge', args: [i] }) })))
  for (let n = 0; n < 3; n++) for (const d of await gator.backend.reserve(['small'], { limit: 1000, lease: 60 })) await gator.backend.bury(d, { code: 'E' + (n % 3), message: 'bad ' + n, at: Date.now() / 1000, worker: 'w', attempt: 1 })
  console.log(start.name, 'filled in', Math.round(performance.now() - t0))
  if (start === startPostgres) console.log(await psql(server.dsn, 'vacuum'))
  await new Promise((r) => setTimeout(r, 2000))
  const page = dashboard(gator, { authorize: () => 'write' })
  const ask = async (path) => {
    const times = []
    for (let n = 0; n < 4; n++) {
      const t = performance.now()
      const r = await page(new Request('http://x/api/' + path))
      await r.text()
      times.push(r.status + ':' + Math.round(performance.now() - t))
      await new Promise((r) => setTimeout(r, 1200))
    }
    console.log(path.slice(0, 60).padEnd(62), times.join(' '))
  }
  const t = performance.now(); await gator.backend.counts('big'); console.log('counts alone', Math.round(performance.now() - t))
  for (const path of ['overview', 'queue?queue=big', 'queue?queue=big&state=delayed', 'queue?queue=big&task=nope', 'task?queue=big&id=' + mid, 'queue?queue=small&state=dead', 'dead', 'workers', 'schedules']) await ask(path)
  await gator.close()
  await server.close()
}
