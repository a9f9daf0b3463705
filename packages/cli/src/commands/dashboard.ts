import { once } from 'node:events'
import { createServer } from 'node:http'
import { messageOf } from '@alligator/core'
import type { ActionEvent } from '@alligator/dashboard'
import type { Command } from 'commander'
import { newAppCommand, queuesOption } from '../command.js'
import { interruptible } from '../interruptible.js'
import { OneTimeLink } from '../one-time-link.js'
import { openBrowser } from '../open-browser.js'
import { address } from '../option-parsers.js'
import { print } from '../output.js'
import { type Address, listen, stopListening } from '../port-server.js'
import { printable } from '../printable.js'
import type { Shutdown } from '../shutdown.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface DashboardFlags extends Omit<StoreFlags, 'conn' | 'json'> {
  readonly queue?: readonly string[]
  readonly port?: Address
  readonly open?: boolean
  readonly readOnly?: boolean
}

const HOST = '127.0.0.1'
const PORT: Address = { host: HOST, port: 4747 }

/** `alligator dashboard`. */
export function dashboardCommand(shutdown: Shutdown): Command {
  return newAppCommand('dashboard')
    .summary('show the queues in a browser, and change them there')
    .description(
      'Serves a page that shows what the queues hold, what runs, what has died and why. It listens on this machine alone, and lets in ' +
        'one browser for each link that it prints.',
    )
    .addOption(queuesOption())
    .option('--port <port>', `where to listen, such as 0.0.0.0:4747 (default: ${HOST}:${PORT.port})`, address)
    .option('--open', 'open it in the browser')
    .option('--read-only', 'let nobody change anything')
    .action((target: string | undefined, flags: DashboardFlags) => serve(target, flags, shutdown))
}

async function serve(
  target: string | undefined,
  { queue, port = PORT, open = false, readOnly = false, ...flags }: DashboardFlags,
  shutdown: Shutdown,
): Promise<void> {
  // Loaded for those who ask for it.
  const { dashboard } = await import('@alligator/dashboard')
  await withGator({ ...flags, ...(target !== undefined && { conn: target }) }, async (gator) => {
    const server = createServer()
    const link = new OneTimeLink(server, (next) => print(`Opened. For another browser: ${next}`))
    const page = dashboard(gator, {
      authorize: (request) => link.admit(request) ?? (readOnly ? 'read' : 'write'),
      onAction: (event) => print(lineOf(event)),
      queues: queue,
    })
    server.on('request', page.node)
    await listen(server, '--port', { ...port, host: port.host ?? HOST })
    try {
      print(`The dashboard is at ${link.link}`, 'The link is good for one browser. Ctrl-C ends it.')
      if (open) openBrowser(link.link)
      await interruptible(shutdown, stopped, async () => undefined)
    } finally {
      await stopListening(server)
    }
  })
}

/** What somebody did, for the terminal that it runs in. */
function lineOf({ action, queue, ids = [], changed, error }: ActionEvent): string {
  const which = ids.length === 1 ? ` ${ids[0]}` : ids.length > 1 ? ` ${ids.length} tasks` : ''
  const outcome = error === undefined ? `${changed} changed` : `failed: ${messageOf(error)}`
  return printable(`${new Date().toISOString()} ${action}${which} on ${queue}: ${outcome}`)
}

/** Until a signal comes. */
async function stopped(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort')
}
