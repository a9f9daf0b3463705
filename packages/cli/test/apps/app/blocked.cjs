// node blocked.cjs LEASE: a worker by hand, which tells of a blocked event loop and ends after two tasks
const { Gator, Worker, silentLogger } = require('@alligator/core')
require('@alligator/sqlite')

const gator = new Gator(process.env.STORE)
const options = { lease: Number(process.argv[2]), maxTasks: 2, logger: silentLogger() }
const worker = new Worker(gator, options)
worker.on('worker:blocked', ({ kept }) =>
  console.log(kept ? 'still holds its tasks' : 'may have lost its tasks'),
)
worker.runForever().then(() => gator.close())
