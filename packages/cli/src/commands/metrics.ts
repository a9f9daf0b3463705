import { once } from 'node:events'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { interruptible } from '../interruptible.js'
import { address } from '../option-parsers.js'
import { print } from '../output.js'
import { type Address, servePorts } from '../port-server.js'
import type { Shutdown } from '../shutdown.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface MetricsFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly port?: Address
}

const PORT: Address = { port: 9464 }

/** `alligator metrics`. */
export function metricsCommand(shutdown: Shutdown): Command {
  return newStoreCommand('metrics')
    .summary('serve the metrics of queues to Prometheus')
    .description(
      'Answers /metrics with how many tasks each queue holds in each state, how old the first one that waits is, and the slots of all workers. ' +
        'One such process is enough for a store.',
    )
    .addOption(queuesOption())
    .option('--port <port>', `where to listen, such as 127.0.0.1:9464 (default: ${PORT.port})`, address)
    .action((flags: MetricsFlags) => serveMetrics(flags, shutdown))
}

async function serveMetrics(
  { queue, port = PORT, ...flags }: MetricsFlags,
  shutdown: Shutdown,
): Promise<void> {
  // Loaded for those who ask for it.
  const { metricsHandler } = await import('@alligator/prometheus')
  await withGator(flags, async (gator) => {
    const handler = metricsHandler(gator, queue && { queues: queue })
    const routes = {
      '/metrics': async () => {
        const response = await handler()
        const type = response.headers.get('content-type')
        return { status: response.status, text: await response.text(), type }
      },
    }
    await using _server = await servePorts([{ option: '--port', address: port, routes }])
    print(`The metrics are on port ${port.port}, at /metrics.`)
    await interruptible(shutdown, stopped, async () => undefined)
  })
}

/** Until a signal comes. */
async function stopped(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort')
}
