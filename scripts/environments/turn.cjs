// What every app of the table does: enqueues a task, or works one off that it is given. It prints one line about that.

exports.turn = async function turn(core, send) {
  const { REGISTER, PAYLOAD } = process.env
  const say = (answer) => console.log(`RESULT ${JSON.stringify(answer)}`)
  if (REGISTER) core.registerTasks('emails', { send })
  const gator = new core.Gator('locmem://')
  if (!PAYLOAD) {
    try {
      const task = await gator.task(send, 7)
      return say({ payload: await task.serialize() })
    } catch ({ code, message }) {
      return say({ code, message })
    }
  }
  await gator.backend.push('all', JSON.parse(PAYLOAD).task_id, PAYLOAD)
  let code
  const worker = new core.Worker(gator, { burst: true, logger: core.silentLogger() })
  worker.on('*', ({ error }) => (code = error?.code ?? code))
  await worker.runForever()
  say({ ran: globalThis.ran, code, counts: await gator.backend.counts('all') })
}
