// Started by connections.test.ts: a script that closes nothing.
import { BeanstalkClient } from '@alligator/beanstalk'

const client = new BeanstalkClient(process.argv[2])
await client.push('all', '', 'one')
await client.ack(await client.reserve(['all'], { lease: 600 }))
let answered = 0
process.on('exit', () => console.log(answered))
// Nobody waits for these.
for (let n = 0; n < 1000; n += 1) void client.push('all', '', `task ${n}`).then(() => (answered += 1))
