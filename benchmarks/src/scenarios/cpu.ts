import { setTimeout } from 'node:timers/promises'
import { drain, fill, sized } from '../measure.js'
import type { Scenario, Stage } from '../scenario.js'

const ROUGHLY = 1000
const HOUR = 3600

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
    'commands, a drained task': (after.commands - before.commands) / count,
  }
}

async function idle(stage: Stage): Promise<Record<string, number>> {
  const stop = await stage.contender.work(10, () => undefined)
  await setTimeout(500)
  const before = await spent(stage)
  await setTimeout(stage.idle * 1000)
  const after = await spent(stage)
  await stop()
  return {
    'client, idle worker': (after.client - before.client) / stage.idle / 10_000,
    'commands, idle worker': ((after.commands - before.commands) / stage.idle) * HOUR,
  }
}

export const cpu: Scenario = {
  title: 'CPU, at concurrency 10',
  rows: {
    'client, a drained task': 'µs',
    'server, a drained task': 'µs',
    'commands, a drained task': 'commands',
    'client, idle worker': '%',
    'commands, idle worker': '1/h',
  },
  async run(stage) {
    // Idle first: some contenders go on spinning in a process whose first worker has been stopped.
    const idling = await idle(stage)
    return { ...(await busy(stage)), ...idling }
  },
}
