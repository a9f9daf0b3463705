import { setTimeout } from 'node:timers/promises'
import { drain, fill, sized } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'

const ROUGHLY = 1000
const IDLE_SECONDS = 4

/** Microseconds of CPU that the client and the server have spent, and commands that the server was sent. */
async function spent({ probe }: Stage) {
  const { user, system } = process.cpuUsage()
  return { client: user + system, server: await probe.serverCpu(), commands: await probe.commands() }
}

async function busy(stage: Stage): Promise<Record<string, number>> {
  const { contender, effort } = stage
  await fill(contender, ROUGHLY)
  const count = sized(await drain(contender, 10, ROUGHLY), effort.seconds * 2)
  await fill(contender, count)
  const before = await spent(stage)
  await drain(contender, 10, count)
  const after = await spent(stage)
  return {
    'client, a drained task': (after.client - before.client) / count,
    'server, a drained task': (after.server - before.server) / count,
  }
}

async function idle(stage: Stage): Promise<Record<string, number>> {
  const stop = await stage.contender.work(10, () => undefined)
  await setTimeout(500)
  const before = await spent(stage)
  await setTimeout(IDLE_SECONDS * 1000)
  const after = await spent(stage)
  await stop()
  // Three of the commands were our own looks.
  const commands = Math.max(0, after.commands - before.commands - 3)
  return {
    'client, idle worker': (after.client - before.client) / IDLE_SECONDS / 10_000,
    'commands, idle worker': commands / IDLE_SECONDS,
  }
}

export const cpu: Scenario = {
  title: 'CPU, at concurrency 10',
  rows: {
    'client, a drained task': 'µs',
    'server, a drained task': 'µs',
    'client, idle worker': '%',
    'commands, idle worker': '1/s',
  },
  async run(stage) {
    // Idle first: some contenders go on spinning in a process whose first worker has been stopped.
    const idling = await idle(stage)
    return { ...(await busy(stage)), ...idling }
  },
}
